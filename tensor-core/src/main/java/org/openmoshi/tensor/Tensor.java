package org.openmoshi.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.openmoshi.tensor.ComputeOp.*;

/**
 * An n-dimensional array: a layout (shape, strides, offset in elements) over shared {@link Storage}. Operations return
 * new tensors, registered with the current {@link Scope}; views (reshape, permute, expand, slice) share the storage.
 * Methods whose names end in an underscore change this tensor in place. A closed tensor throws
 * {@link IllegalStateException} on any use. A tensor is not safe for use by several threads at once; reading one from
 * several threads is.
 */
public final class Tensor implements AutoCloseable {
    private final Storage storage;
    private final DType dtype;
    private final Shape shape;
    private final long[] strides;
    private final long offset;
    private final boolean contiguous;
    private boolean open = true;

    private Tensor(Storage storage, DType dtype, Shape shape, long[] strides, long offset, boolean scoped) {
        this.storage = storage;
        this.dtype = dtype;
        this.shape = shape;
        this.strides = strides;
        this.offset = offset;
        this.contiguous = dense(shape, strides);
        if (scoped) {
            Scope.register(this);
        }
    }

    private static boolean dense(Shape shape, long[] strides) {
        long expected = 1;
        for (int i = shape.rank() - 1; i >= 0; i--) {
            if (shape.dim(i) != 1 && strides[i] != expected) {
                return shape.size() == 0;
            }
            expected *= shape.dim(i);
        }
        return true;
    }

    // ---- creation -------------------------------------------------------------------------------------------------

    /** Uninitialised memory; only for those who fill it at once. */
    static Tensor allocate(Backend backend, DType dtype, Shape shape) {
        Storage storage = Storage.allocate(backend, Math.multiplyExact(shape.size(), dtype.bytes()));
        return new Tensor(storage, dtype, shape, shape.contiguousStrides(), 0, true);
    }

    /** All zeros, on the default backend. */
    public static Tensor zeros(DType dtype, long... shape) {
        return full(dtype, 0, shape);
    }

    /** Every element the same. */
    public static Tensor full(DType dtype, double value, long... shape) {
        return full(Backends.defaultBackend(), dtype, value, Shape.of(shape));
    }

    /** Every element the same, on a given backend. */
    public static Tensor full(Backend backend, DType dtype, double value, Shape shape) {
        return Engine.create(backend, new Full(dtype, shape, value));
    }

    /** Zeros of this tensor's shape, type and backend. */
    public Tensor zerosLike() {
        return full(backend(), dtype, 0, shape());
    }

    /** 0, 1, ... count - 1. */
    public static Tensor arange(DType dtype, long count) {
        return Engine.create(Backends.defaultBackend(), new Arange(dtype, count, 0, 1));
    }

    /** A float32 tensor from host values in row-major order. */
    public static Tensor of(float[] values, long... shape) {
        return fromHost(MemorySegment.ofArray(values), DType.F32, values.length, shape);
    }

    /** A float64 tensor from host values in row-major order. */
    public static Tensor of(double[] values, long... shape) {
        return fromHost(MemorySegment.ofArray(values), DType.F64, values.length, shape);
    }

    /** An int64 tensor from host values in row-major order. */
    public static Tensor of(long[] values, long... shape) {
        return fromHost(MemorySegment.ofArray(values), DType.I64, values.length, shape);
    }

    /** An int32 tensor from host values in row-major order. */
    public static Tensor of(int[] values, long... shape) {
        return fromHost(MemorySegment.ofArray(values), DType.I32, values.length, shape);
    }

    /** A bool tensor from host values in row-major order. */
    public static Tensor of(boolean[] values, long... shape) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (values[i] ? 1 : 0);
        }
        return fromHost(MemorySegment.ofArray(bytes), DType.BOOL, values.length, shape);
    }

    /** A float32 scalar. */
    public static Tensor scalar(double value) {
        return full(DType.F32, value);
    }

    private static Tensor fromHost(MemorySegment host, DType dtype, long count, long... dims) {
        Shape shape = Shape.of(dims);
        if (shape.size() != count) {
            throw new IllegalArgumentException(count + " values do not fill shape " + shape);
        }
        return of(Backends.defaultBackend(), host, dtype, shape);
    }

    /** A tensor copied from little-endian host memory (native or heap) that holds it densely. */
    public static Tensor of(Backend backend, MemorySegment host, DType dtype, Shape shape) {
        Tensor tensor = allocate(backend, dtype, shape);
        backend.upload(host, tensor.storage.segment(), 0, tensor.storage.byteSize());
        return tensor;
    }

    // ---- what it is -----------------------------------------------------------------------------------------------

    /** The shape. */
    public Shape shape() {
        check();
        return shape;
    }

    /** The element type. */
    public DType dtype() {
        return dtype;
    }

    /** Number of dimensions. */
    public int rank() {
        return shape.rank();
    }

    /** Number of elements. */
    public long size() {
        return shape.size();
    }

    /** Size of an axis; negative axes count from the end. */
    public long dim(int axis) {
        return shape.dim(axis);
    }

    /** Size of an axis as an int. */
    public int intDim(int axis) {
        return shape.intDim(axis);
    }

    /** A copy of the strides, in elements. */
    public long[] strides() {
        return strides.clone();
    }

    /** Stride of one axis, in elements. */
    public long stride(int axis) {
        return strides[shape.axis(axis)];
    }

    /** Index in the storage of the first element, in elements. */
    public long offset() {
        return offset;
    }

    /** The storage. */
    public Storage storage() {
        check();
        return storage;
    }

    /** The memory of the storage; the first element is at {@code offset() * dtype().bytes()}. */
    public MemorySegment segment() {
        check();
        return storage.segment();
    }

    /** The backend that holds it. */
    public Backend backend() {
        check();
        return storage.backend();
    }

    /** True when elements lie densely in row-major order. */
    public boolean isContiguous() {
        return contiguous;
    }

    /** True after {@link #close}. */
    public boolean isClosed() {
        return !open;
    }

    private void check() {
        if (!open) {
            throw new IllegalStateException("tensor of shape " + shape + " was closed (its scope ended?); "
                    + "keep it with scope.keep(tensor) if it must live longer");
        }
    }

    /** Gives up this handle; the memory is freed with the last handle on it. Closing twice is harmless. */
    @Override
    public void close() {
        if (open) {
            open = false;
            storage.release();
        }
    }

    /** Another handle on the same elements, registered with the current scope. */
    public Tensor share() {
        return view(shape(), strides, offset);
    }

    /** Another handle on the same elements that belongs to no scope: who asked for it closes it. */
    public Tensor hold() {
        storage().retain();
        return new Tensor(storage, dtype, shape, strides, offset, false);
    }

    Tensor view(Shape newShape, long[] newStrides, long newOffset) {
        check();
        storage.retain();
        return new Tensor(storage, dtype, newShape, newStrides, newOffset, true);
    }

    // ---- views ----------------------------------------------------------------------------------------------------

    /** Another shape of the same size, one dimension may be -1; copies only when the strides leave no other way. */
    public Tensor reshape(long... dims) {
        long[] resolved = dims.clone();
        long known = 1;
        int open = -1;
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] == -1 && open < 0) {
                open = i;
            } else {
                known *= dims[i];
            }
        }
        if (open >= 0) {
            if (known == 0 || size() % known != 0) {
                throw new IllegalArgumentException(
                        "reshape: " + shape + " does not divide into " + java.util.Arrays.toString(dims));
            }
            resolved[open] = size() / known;
        }
        return reshape(Shape.wrap(resolved));
    }

    /** Another shape of the same size; copies only when the strides leave no other way. */
    public Tensor reshape(Shape to) {
        if (shape().equals(to)) {
            return this;
        }
        Tensor source = to.size() == size() && ViewOp.Reshape.strides(this, to) == null ? contiguous() : this;
        return Engine.run(new ViewOp.Reshape(to), source);
    }

    /** Axes in another order. */
    public Tensor permute(int... axes) {
        return Engine.run(new ViewOp.Permute(Axes.resolve(shape, axes)), this);
    }

    /** Two axes exchanged. */
    public Tensor transpose(int a, int b) {
        int[] axes = new int[rank()];
        java.util.Arrays.setAll(axes, i -> i);
        axes[shape.axis(a)] = shape.axis(b);
        axes[shape.axis(b)] = shape.axis(a);
        return Engine.run(new ViewOp.Permute(Axes.of(axes)), this);
    }

    /** Broadcast to a larger shape without copying. */
    public Tensor expand(long... dims) {
        return expand(Shape.of(dims));
    }

    /** Broadcast to a larger shape without copying. */
    public Tensor expand(Shape to) {
        return shape().equals(to) ? this : Engine.run(new ViewOp.Expand(to), this);
    }

    /** Elements start (inclusive) to end (exclusive) of an axis; negative positions count from the end. */
    public Tensor slice(int axis, long start, long end) {
        return slice(axis, start, end, 1);
    }

    /** Every step-th element from start (inclusive) to end (exclusive) of an axis. */
    public Tensor slice(int axis, long start, long end, long step) {
        int resolved = shape.axis(axis);
        long dim = shape.dim(resolved);
        long from = start < 0 ? start + dim : start;
        long to = end < 0 ? end + dim : end;
        long length = to <= from ? 0 : (to - from + step - 1) / step;
        return Engine.run(new ViewOp.Slice(resolved, from, length, step), this);
    }

    /** One position of an axis, which disappears. */
    public Tensor select(int axis, long index) {
        long at = index < 0 ? index + dim(axis) : index;
        return slice(axis, at, at + 1).reshape(shape.without(axis));
    }

    /** Inserts an axis of size 1. */
    public Tensor unsqueeze(int axis) {
        return reshape(shape.insert(axis, 1));
    }

    /** Removes an axis of size 1. */
    public Tensor squeeze(int axis) {
        if (dim(axis) != 1) {
            throw new IllegalArgumentException("squeeze: axis " + axis + " of " + shape + " is not 1");
        }
        return reshape(shape.without(axis));
    }

    /** Consecutive parts of an axis, of the given sizes. */
    public Tensor[] split(int axis, long... sizes) {
        Tensor[] parts = new Tensor[sizes.length];
        long at = 0;
        for (int i = 0; i < sizes.length; i++) {
            parts[i] = slice(axis, at, at + sizes[i]);
            at += sizes[i];
        }
        if (at != dim(axis)) {
            throw new IllegalArgumentException(
                    "split: sizes sum to " + at + ", axis " + axis + " of " + shape + " has " + dim(axis));
        }
        return parts;
    }

    // ---- elementwise ----------------------------------------------------------------------------------------------

    /** Sum; shapes broadcast. */
    public Tensor add(Tensor other) {
        return binary(BinaryKind.ADD, other);
    }

    /** Difference; shapes broadcast. */
    public Tensor sub(Tensor other) {
        return binary(BinaryKind.SUB, other);
    }

    /** Product; shapes broadcast. */
    public Tensor mul(Tensor other) {
        return binary(BinaryKind.MUL, other);
    }

    /** Quotient; shapes broadcast. */
    public Tensor div(Tensor other) {
        return binary(BinaryKind.DIV, other);
    }

    /** This to the power of the other; shapes broadcast. */
    public Tensor pow(Tensor other) {
        return binary(BinaryKind.POW, other);
    }

    /** Elementwise larger. */
    public Tensor maximum(Tensor other) {
        return binary(BinaryKind.MAX, other);
    }

    /** Elementwise smaller. */
    public Tensor minimum(Tensor other) {
        return binary(BinaryKind.MIN, other);
    }

    private Tensor binary(BinaryKind kind, Tensor other) {
        return Engine.run(new Binary(kind), this, other);
    }

    /** this + value. */
    public Tensor add(double value) {
        return unary(UnaryKind.AFFINE, 1, value);
    }

    /** this - value. */
    public Tensor sub(double value) {
        return unary(UnaryKind.AFFINE, 1, -value);
    }

    /** this * value. */
    public Tensor mul(double value) {
        return unary(UnaryKind.AFFINE, value, 0);
    }

    /** this / value. */
    public Tensor div(double value) {
        return unary(UnaryKind.AFFINE, 1 / value, 0);
    }

    /** scale * this + shift. */
    public Tensor affine(double scale, double shift) {
        return unary(UnaryKind.AFFINE, scale, shift);
    }

    /** this to a constant power. */
    public Tensor pow(double exponent) {
        return unary(UnaryKind.POW, exponent, 0);
    }

    /** -this. */
    public Tensor neg() {
        return unary(UnaryKind.NEG, 0, 0);
    }

    /** |this|. */
    public Tensor abs() {
        return unary(UnaryKind.ABS, 0, 0);
    }

    /** e^this. */
    public Tensor exp() {
        return unary(UnaryKind.EXP, 0, 0);
    }

    /** Natural logarithm. */
    public Tensor log() {
        return unary(UnaryKind.LOG, 0, 0);
    }

    /** Square root. */
    public Tensor sqrt() {
        return unary(UnaryKind.SQRT, 0, 0);
    }

    /** 1 / sqrt(this). */
    public Tensor rsqrt() {
        return unary(UnaryKind.RSQRT, 0, 0);
    }

    /** 1 / this. */
    public Tensor reciprocal() {
        return unary(UnaryKind.RECIPROCAL, 0, 0);
    }

    /** this * this. */
    public Tensor square() {
        return unary(UnaryKind.SQUARE, 0, 0);
    }

    /** Sine. */
    public Tensor sin() {
        return unary(UnaryKind.SIN, 0, 0);
    }

    /** Cosine. */
    public Tensor cos() {
        return unary(UnaryKind.COS, 0, 0);
    }

    /** Hyperbolic tangent. */
    public Tensor tanh() {
        return unary(UnaryKind.TANH, 0, 0);
    }

    /** Logistic function. */
    public Tensor sigmoid() {
        return unary(UnaryKind.SIGMOID, 0, 0);
    }

    /** ELU with alpha 1 (Clevert et al. 2015). */
    public Tensor elu() {
        return unary(UnaryKind.ELU, 1, 0);
    }

    /** GELU by the error function (Hendrycks and Gimpel 2016). */
    public Tensor gelu() {
        return unary(UnaryKind.GELU, 0, 0);
    }

    /** SiLU, x sigmoid(x). */
    public Tensor silu() {
        return unary(UnaryKind.SILU, 0, 0);
    }

    /** max(this, 0). */
    public Tensor relu() {
        return unary(UnaryKind.RELU, 0, 0);
    }

    /** Leaky ReLU with a slope for negative values. */
    public Tensor leakyRelu(double slope) {
        return unary(UnaryKind.LEAKY_RELU, slope, 0);
    }

    /** Limits values to [min, max]. */
    public Tensor clamp(double min, double max) {
        return unary(UnaryKind.CLAMP, min, max);
    }

    /** -1, 0 or 1. */
    public Tensor sign() {
        return unary(UnaryKind.SIGN, 0, 0);
    }

    /** Largest integer not above. */
    public Tensor floor() {
        return unary(UnaryKind.FLOOR, 0, 0);
    }

    /** Nearest integer, ties to even. */
    public Tensor round() {
        return unary(UnaryKind.ROUND, 0, 0);
    }

    private Tensor unary(UnaryKind kind, double a, double b) {
        return Engine.run(new Unary(kind, a, b), this);
    }

    /** Bool tensor of this == other; shapes broadcast. */
    public Tensor eq(Tensor other) {
        return Engine.run(new Compare(Relation.EQ), this, other);
    }

    /** Bool tensor of this != other. */
    public Tensor ne(Tensor other) {
        return Engine.run(new Compare(Relation.NE), this, other);
    }

    /** Bool tensor of this < other. */
    public Tensor lt(Tensor other) {
        return Engine.run(new Compare(Relation.LT), this, other);
    }

    /** Bool tensor of this <= other. */
    public Tensor le(Tensor other) {
        return Engine.run(new Compare(Relation.LE), this, other);
    }

    /** Bool tensor of this > other. */
    public Tensor gt(Tensor other) {
        return Engine.run(new Compare(Relation.GT), this, other);
    }

    /** Bool tensor of this >= other. */
    public Tensor ge(Tensor other) {
        return Engine.run(new Compare(Relation.GE), this, other);
    }

    /** a where this bool tensor holds, b elsewhere; shapes broadcast. */
    public Tensor where(Tensor a, Tensor b) {
        return Engine.run(new Where(), this, a, b);
    }

    /** The same values in another type. */
    public Tensor cast(DType to) {
        return to == dtype ? this : Engine.run(new Cast(to), this);
    }

    /** This tensor if its elements lie densely, otherwise a dense copy. */
    public Tensor contiguous() {
        return contiguous ? this : copy();
    }

    /** A dense copy. */
    public Tensor copy() {
        return Engine.run(new Contiguous(), this);
    }

    /** A copy on another backend, or this tensor when it is there already. */
    public Tensor to(Backend target) {
        if (target == backend()) {
            return this;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(Math.max(size() * dtype.bytes(), 1), 8);
            download(host);
            return of(target, host, dtype, shape);
        }
    }

    // ---- reductions -----------------------------------------------------------------------------------------------

    /** Sum over axes, or over all when none is given. */
    public Tensor sum(int... axes) {
        return reduce(ReduceKind.SUM, false, axes);
    }

    /** Mean over axes, or over all when none is given. */
    public Tensor mean(int... axes) {
        return reduce(ReduceKind.MEAN, false, axes);
    }

    /** Largest over axes, or over all when none is given. */
    public Tensor max(int... axes) {
        return reduce(ReduceKind.MAX, false, axes);
    }

    /** Euclidean norm over axes, or over all when none is given. */
    public Tensor norm(int... axes) {
        return reduce(ReduceKind.L2_NORM, false, axes);
    }

    /** A reduction over axes (all when none is given), with reduced axes kept as size 1 when asked. */
    public Tensor reduce(ReduceKind kind, boolean keepDims, int... axes) {
        Axes resolved = axes.length == 0 ? Axes.all(rank()) : Axes.resolve(shape, axes);
        return Engine.run(new Reduce(kind, resolved, keepDims), this);
    }

    /** Index of the first largest element along an axis. */
    public Tensor argmax(int axis) {
        return Engine.run(new ArgReduce(true, shape.axis(axis)), this);
    }

    /** Index of the first smallest element along an axis. */
    public Tensor argmin(int axis) {
        return Engine.run(new ArgReduce(false, shape.axis(axis)), this);
    }

    /** Running sum along an axis. */
    public Tensor cumulativeSum(int axis) {
        return Engine.run(new CumulativeSum(shape.axis(axis), false), this);
    }

    // ---- products and moving elements -----------------------------------------------------------------------------

    /** Matrix product of the last two axes; leading axes broadcast. */
    public Tensor matmul(Tensor other) {
        return Engine.run(new MatMul(), this, other);
    }

    /** x weight^T: this [..., K], weight [N, K]. */
    public Tensor linear(Tensor weight) {
        return Engine.run(new Linear(), this, weight);
    }

    /** x weight^T + bias: this [..., K], weight [N, K], bias [N]. */
    public Tensor linear(Tensor weight, Tensor bias) {
        return Engine.run(new Linear(), this, weight, bias);
    }

    /** Joins along an existing axis. */
    public static Tensor concat(int axis, Tensor... parts) {
        return Engine.run(new Concat(parts[0].shape.axis(axis)), parts);
    }

    /** Joins along a new axis. */
    public static Tensor stack(int axis, Tensor... parts) {
        Tensor[] grown = new Tensor[parts.length];
        for (int i = 0; i < parts.length; i++) {
            grown[i] = parts[i].unsqueeze(axis < 0 ? axis + parts[i].rank() + 1 : axis);
        }
        return concat(axis, grown);
    }

    /** Grows an axis; {@code value} counts for {@link PadMode#CONSTANT} only. */
    public Tensor pad(PadMode mode, int axis, long before, long after, double value) {
        return before == 0 && after == 0
                ? this
                : Engine.run(new Pad(mode, shape.axis(axis), before, after, value), this);
    }

    /** Picks along an axis; index has this tensor's rank. */
    public Tensor gather(int axis, Tensor index) {
        return Engine.run(new Gather(shape.axis(axis)), this, index);
    }

    /** Zeros of the given size along an axis, plus this tensor's elements added at the indices, in order. */
    public Tensor scatterAdd(int axis, Tensor index, long size) {
        return Engine.run(new ScatterAdd(shape.axis(axis), size), this, index);
    }

    /** Chosen slices of an axis. */
    public Tensor indexSelect(int axis, Tensor index) {
        return Engine.run(new IndexSelect(shape.axis(axis)), this, index);
    }

    /** One-hot encoding of int64 indices as a new last axis. */
    public Tensor oneHot(long classes, DType type) {
        return Engine.run(new OneHot(classes, type), this);
    }

    /** The k largest of the last axis: values and indices. */
    public Tensor[] topK(long k) {
        return Engine.runAll(new TopK(k), this);
    }

    /** The last axis sorted: values and indices. */
    public Tensor[] sort(boolean descending) {
        return Engine.runAll(new Sort(descending), this);
    }

    /** Rows of this table [V, D] for int64 indices of any shape; a negative index gives zeros. */
    public Tensor embedding(Tensor index) {
        return Engine.run(new Embedding(), index, this);
    }

    // ---- in place -------------------------------------------------------------------------------------------------

    /** Sets every element. */
    public Tensor fill_(double value) {
        Engine.runInPlace(new InPlaceOp.Fill(value), this);
        return this;
    }

    /** Overwrites with a source that broadcasts to this shape; converts its type. */
    public Tensor copyFrom_(Tensor source) {
        Engine.runInPlace(new InPlaceOp.CopyInto(), this, source);
        return this;
    }

    /** Multiplies by a factor. */
    public Tensor mul_(double factor) {
        Engine.runInPlace(new InPlaceOp.ScaleInto(factor), this);
        return this;
    }

    /** Adds a multiple of a tensor of the same shape. */
    public Tensor add_(Tensor source, double factor) {
        Engine.runInPlace(new InPlaceOp.AddInto(factor), this, source);
        return this;
    }

    /** Moves towards a tensor of the same shape: this += weight (source - this). */
    public Tensor lerp_(Tensor source, double weight) {
        Engine.runInPlace(new InPlaceOp.LerpInto(weight), this, source);
        return this;
    }

    /** Overwrites all elements of a contiguous tensor with host values in row-major order. */
    public Tensor upload_(float[] values) {
        if (!contiguous || dtype != DType.F32 || values.length < size()) {
            throw new IllegalArgumentException("upload: " + values.length + " floats do not fill " + dtype + shape());
        }
        storage.written();
        backend().upload(MemorySegment.ofArray(values), segment(), offset * dtype.bytes(), size() * dtype.bytes());
        return this;
    }

    // ---- to the host ----------------------------------------------------------------------------------------------

    /** Copies the elements densely, in row-major order, to host memory of at least their size. */
    public void download(MemorySegment host) {
        try (Scope _ = Scope.open()) {
            Tensor source = withoutRecording(this::contiguous);
            source.backend().download(source.segment(), source.offset * dtype.bytes(), host, size() * dtype.bytes());
        }
    }

    private static Tensor withoutRecording(java.util.function.Supplier<Tensor> body) {
        Recorder recorder = Engine.record(null);
        try {
            return body.get();
        } finally {
            Engine.record(recorder);
        }
    }

    /** The elements as floats (any type is converted), in row-major order. */
    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(size())];
        try (Scope _ = Scope.open()) {
            withoutRecording(() -> cast(DType.F32)).download(MemorySegment.ofArray(values));
        }
        return values;
    }

    /** The elements as doubles (any type is converted), in row-major order. */
    public double[] toDoubles() {
        double[] values = new double[Math.toIntExact(size())];
        try (Scope _ = Scope.open()) {
            withoutRecording(() -> cast(DType.F64)).download(MemorySegment.ofArray(values));
        }
        return values;
    }

    /** The elements as longs (any type is converted), in row-major order. */
    public long[] toLongs() {
        long[] values = new long[Math.toIntExact(size())];
        try (Scope _ = Scope.open()) {
            withoutRecording(() -> cast(DType.I64)).download(MemorySegment.ofArray(values));
        }
        return values;
    }

    /** The value of a tensor of one element. */
    public double item() {
        if (size() != 1) {
            throw new IllegalArgumentException("item: shape " + shape() + " has " + size() + " elements");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(8, 8);
            backend().download(segment(), offset * dtype.bytes(), host, dtype.bytes());
            return switch (dtype) {
                case F32 -> host.get(ValueLayout.JAVA_FLOAT, 0);
                case F64 -> host.get(ValueLayout.JAVA_DOUBLE, 0);
                case BF16 -> DType.fromBFloat16(host.get(ValueLayout.JAVA_SHORT, 0));
                case F16 -> Float.float16ToFloat(host.get(ValueLayout.JAVA_SHORT, 0));
                case I32 -> host.get(ValueLayout.JAVA_INT, 0);
                case I64 -> host.get(ValueLayout.JAVA_LONG, 0);
                case BOOL -> host.get(ValueLayout.JAVA_BYTE, 0);
            };
        }
    }

    /** Shape, type and elements, long axes abbreviated. */
    @Override
    public String toString() {
        return open ? TensorPrinter.print(this) : "Tensor" + shape + " (closed)";
    }
}
