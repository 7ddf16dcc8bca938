package org.openmoshi.kernels.cuda;

import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;
import org.openmoshi.tensor.device.DeviceGraph;

/** A CUDA graph of what a stream was given while it was captured, which one call of the driver launches. */
final class CudaGraph implements DeviceGraph {
    private final CudaDevice device;
    private final StreamPointer stream;
    private final CUgraphExec executable;

    CudaGraph(CudaDevice device, StreamPointer stream, CUgraphExec executable) {
        this.device = device;
        this.stream = stream;
        this.executable = executable;
    }

    @Override
    public void launch() {
        synchronized (device) {
            device.enter();
            device.calls("a graph");
            device.check(JCudaDriver.cuGraphLaunch(executable, stream), "launching a graph on " + device.name());
        }
    }

    @Override
    public void close() {
        synchronized (device) {
            device.synchronize(); // it may be running
            device.check(JCudaDriver.cuGraphExecDestroy(executable), "freeing a graph on " + device.name());
        }
    }
}
