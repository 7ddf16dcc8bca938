package org.openmoshi.tensor.device;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.CachingAllocator;
import org.openmoshi.tensor.ComputeOp;
import org.openmoshi.tensor.ComputeOp.*;
import org.openmoshi.tensor.Execution;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.InPlaceOp.*;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.Replay;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.ViewOp;

/**
 * Executes operations on a {@link Device} by launching kernels. Which kernels, with which arguments, is written once for
 * OpenCL and CUDA, as are the kernels.
 */
public final class DeviceBackend implements Backend {
    private final Device device;
    private final CachingAllocator memory;
    private final Kernels kernels;
    private final Launch launch;
    private final Faults faults;
    private @Nullable Recording recording;

    /** A backend over an open device. */
    public DeviceBackend(Device device) {
        this.device = device;
        this.memory = new CachingAllocator(device.name(), device);
        this.kernels = new Kernels(device, KernelCache.ofUser());
        this.launch = new Launch(device);
        this.faults = new Faults(device, memory.allocate(Faults.byteSize()));
    }

    /** The device below. */
    public Device device() {
        return device;
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public String description() {
        return device.description();
    }

    @Override
    public MemorySegment allocate(long bytes) {
        Recording step = recording;
        return step == null ? memory.allocate(bytes) : step.allocate(bytes);
    }

    @Override
    public void free(MemorySegment segment) {
        Recording step = recording;
        if (step == null || !step.free(segment)) {
            memory.free(segment);
        }
    }

    @Override
    public synchronized Replay record(Runnable step) {
        if (recording != null) {
            throw new IllegalStateException(name() + " records one step at a time");
        }
        Recording made = new Recording(device, faults::block);
        recording = made;
        try {
            step.run();
            made.capture();
            made.end(collect(step));
            made.capture();
            return made;
        } catch (RuntimeException | Error e) {
            made.close();
            throw e;
        } finally {
            recording = null;
        }
    }

    private DeviceGraph collect(Runnable step) {
        if (!device.beginCapture()) {
            try {
                LaunchList list = launch.beginRecord();
                step.run();
                return list;
            } finally {
                launch.endRecord();
            }
        }
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            device.endCapture().close();
            throw e;
        }
        return device.endCapture();
    }

    private void refuseCopies() {
        if (recording != null) {
            throw new IllegalStateException("a step that is recorded on " + name() + " copies between host and device:"
                    + " make tensors from numbers before it, and read results after it");
        }
    }

    @Override
    public synchronized void upload(MemorySegment host, MemorySegment block, long offset, long bytes) {
        refuseCopies();
        if (bytes > 0) {
            device.upload(host, block, offset, bytes);
        }
    }

    @Override
    public synchronized void download(MemorySegment block, long offset, MemorySegment host, long bytes) {
        refuseCopies();
        if (bytes > 0) {
            device.download(block, offset, host, bytes);
        }
        faults.check();
    }

    Launch kernel(String file, String defines, String entry) {
        return launch.start(kernels.entry(file, defines, entry));
    }

    void countCall() {
        launch.countCall();
    }

    /** Kernels that were launched and libraries that were called so far, recorded steps that run again not counted. */
    public synchronized long launches() {
        return launch.count();
    }

    Faults faults() {
        return faults;
    }

    @Override
    public synchronized Execution run(Op op, Tensor[] inputs, Tensor[] outputs) {
        try (Work work = new Work(this, inputs, outputs)) {
            switch (op) {
                case ComputeOp compute -> compute(compute, work);
                case InPlaceOp inPlace -> update(inPlace, work);
                case ViewOp view ->
                    throw new IllegalArgumentException(view.label() + " is a view and computes nothing");
            }
            return work.execution();
        } finally {
            launch.abandon();
        }
    }

    private static void compute(ComputeOp op, Work work) {
        switch (op) {
            case Full o -> Copies.full(o, work);
            case Arange o -> Creation.arange(o, work);
            case Random o -> Creation.random(o, work);
            case Unary o -> Elementwise.unary(o, work);
            case UnaryGrad o -> Elementwise.unaryGrad(o, work);
            case Binary o -> Elementwise.binary(o, work);
            case Compare o -> Elementwise.compare(o, work);
            case Where _ -> Elementwise.where(work);
            case Cast _ -> Copies.copy(work);
            case Contiguous _ -> Copies.copy(work);
            case Reduce o -> Reductions.reduce(o, work);
            case GlobalNorm _ -> Reductions.globalNorm(work);
            case ArgReduce o -> Reductions.argReduce(o, work);
            case CumulativeSum o -> Reductions.cumulativeSum(o, work);
            case MatMul _ -> Products.matMul(work);
            case Linear _ -> Products.linear(work);
            case PackedConv1d o -> PackedConvolutions.forward(o, work);
            case Concat o -> Moves.concat(o, work);
            case Pad o -> Moves.pad(o, work);
            case PadGrad o -> Moves.padGrad(o, work);
            case Gather o -> Indexing.gather(o, work);
            case ScatterAdd o -> Indexing.scatterAdd(o, work);
            case IndexSelect o -> Indexing.indexSelect(o, work);
            case IndexAdd o -> Indexing.indexAdd(o, work);
            case OneHot o -> Indexing.oneHot(o, work);
            case TopK _ -> Sorting.topK(work);
            case Sort o -> Sorting.sort(o, work);
            case Embedding _ -> Indexing.embedding(work);
            case EmbeddingGrad o -> Indexing.embeddingGrad(o, work);
            case Conv1d o -> Convolutions.conv1d(o, work);
            case Conv1dGradInput o -> Convolutions.conv1dGradInput(o, work);
            case Conv1dGradWeight o -> Convolutions.conv1dGradWeight(o, work);
            case ConvTranspose1d o -> Convolutions.convTranspose1d(o, work);
            case Conv2d o -> Convolutions.conv2d(o, work);
            case Conv2dGradInput o -> Convolutions.conv2dGradInput(o, work);
            case Conv2dGradWeight o -> Convolutions.conv2dGradWeight(o, work);
            case Softmax o -> Softmaxes.softmax(o, work);
            case SoftmaxGrad o -> Softmaxes.softmaxGrad(o, work);
            case LogSoftmax o -> Softmaxes.logSoftmax(o, work);
            case LogSoftmaxGrad o -> Softmaxes.logSoftmaxGrad(o, work);
            case CrossEntropy _ -> CrossEntropies.crossEntropy(work);
            case CrossEntropyGrad _ -> CrossEntropies.crossEntropyGrad(work);
            case LayerNorm o -> Norms.layerNorm(o, work);
            case LayerNormGrad _ -> Norms.layerNormGrad(work);
            case RmsNorm o -> Norms.rmsNorm(o, work);
            case RmsNormGrad _ -> Norms.rmsNormGrad(work);
            case GroupNorm o -> Norms.groupNorm(o, work);
            case GroupNormGrad o -> Norms.groupNormGrad(o, work);
            case WeightNorm _ -> Norms.weightNorm(work);
            case WeightNormGrad _ -> Norms.weightNormGrad(work);
            case Rope o -> Attentions.rope(o, work);
            case Attention o -> Attentions.attention(o, work);
            case AttentionGrad o -> Attentions.attentionGrad(o, work);
            case RingAttention o -> Rings.attention(o, work);
            case NearestCode _ -> Codebooks.nearestCode(work);
            case ResidualCodes _ -> Codebooks.residualCodes(work);
            case Stft o -> Spectra.stft(o, work);
            case StftGrad o -> Spectra.stftGrad(o, work);
        }
    }

    private static void update(InPlaceOp op, Work work) {
        switch (op) {
            case Fill o -> Copies.fill(o, work);
            case CopyInto _ -> Copies.copyInto(work);
            case ScaleInto o -> Updates.scale(o, work);
            case AddInto o -> Updates.add(o, work);
            case LerpInto o -> Updates.lerp(o, work);
            case AdamStep o -> Updates.adam(o, work);
            case SgdStep o -> Updates.sgd(o, work);
            case RingWrite _ -> Rings.write(work);
            case CodebookEma o -> Codebooks.ema(o, work);
        }
    }
}
