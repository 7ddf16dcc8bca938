package org.openmoshi.benchmarks;

import static org.openjdk.jmh.annotations.Scope.Thread;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.train.check.KernelCase;

/** One kernel at a time on any backend; {@link DeviceRows} runs it on a device and on the CPU. */
public class KernelBenchmark extends Timing {
    @State(Thread)
    public static class Kernel {
        /** A number in {@link KernelCase#all}. */
        @Param("0")
        private int number;

        @Param("cpu")
        private String backend;

        private Scope scope;
        private KernelCase kernel;
        private Tensor[] inputs;
        private Tensor mark;

        @Setup
        public void open() {
            Backend where = Backends.named(backend);
            scope = Scope.open();
            kernel = KernelCase.all().get(number);
            inputs = kernel.inputs(where);
            mark = Tensor.full(where, DType.F32, 0, Shape.SCALAR);
        }

        @TearDown
        public void close() {
            scope.close();
        }
    }

    /** One launch, and the wait for its end. */
    @Benchmark
    public double run(Kernel kernel) {
        kernel.kernel.run(kernel.inputs);
        return kernel.mark.item();
    }
}
