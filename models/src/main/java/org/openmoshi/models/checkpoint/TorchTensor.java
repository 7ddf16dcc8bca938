package org.openmoshi.models.checkpoint;

import java.util.Arrays;
import java.util.List;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Shape;

/**
 * A tensor in a file of torch.save: a view of a storage, checked to lie within it.
 *
 * @param storage whose elements it shows
 * @param offset of its first element
 * @param shape its shape
 * @param strides elements between neighbours of each axis
 */
record TorchTensor(TorchStorage storage, long offset, Shape shape, List<Long> strides) {
    private static final int MAX_RANK = 16;

    /**
     * A row of elements in a file of its own in the archive.
     *
     * @param key its file's name
     * @param dtype of the elements
     * @param size number of elements
     */
    record TorchStorage(String key, DType dtype, long size) {}

    /** Checks the numbers of a file. */
    static TorchTensor of(TorchStorage storage, long offset, List<Long> dims, List<Long> strides)
            throws PickleException {
        if (dims.size() > MAX_RANK || dims.size() != strides.size()) {
            throw new PickleException("a tensor has " + dims.size() + " axes and " + strides.size() + " strides");
        }
        long elements = 1;
        long last = offset;
        try {
            for (int i = 0; i < dims.size(); i++) {
                if (dims.get(i) < 0 || strides.get(i) < 0) {
                    throw new PickleException("a tensor has a negative size or stride");
                }
                elements = Math.multiplyExact(elements, dims.get(i));
                last = Math.addExact(last, Math.multiplyExact(Math.max(0, dims.get(i) - 1), strides.get(i)));
            }
        } catch (ArithmeticException e) {
            throw new PickleException("a tensor of sizes " + dims + " is larger than any memory");
        }
        // an expanded view of a few elements could ask for any amount of memory
        boolean inside = elements == 0 ? offset <= storage.size() : last < storage.size() && elements <= storage.size();
        if (offset < 0 || !inside) {
            throw new PickleException("a tensor of sizes " + dims + ", strides " + strides + " and offset " + offset
                    + " does not lie in its storage of " + storage.size() + " elements");
        }
        return new TorchTensor(
                storage,
                offset,
                Shape.of(dims.stream().mapToLong(Long::longValue).toArray()),
                List.copyOf(strides));
    }

    /** Whether the elements lie one after the other. */
    boolean isContiguous() {
        long expected = 1;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            if (shape.dim(axis) != 1 && strides.get(axis) != expected) {
                return false;
            }
            expected *= shape.dim(axis);
        }
        return true;
    }

    /** Positions of the elements in the storage, in row-major order. */
    long[] positions() {
        long[] positions = new long[Math.toIntExact(shape.size())];
        Arrays.fill(positions, offset);
        long inner = 1;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            for (int i = 0; i < positions.length; i++) {
                positions[i] += i / inner % shape.dim(axis) * strides.get(axis);
            }
            inner *= shape.dim(axis);
        }
        return positions;
    }
}
