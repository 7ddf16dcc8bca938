package org.openmoshi.models.mimi;

import java.util.EnumMap;
import java.util.Map;
import org.openmoshi.models.nn.PackedWeights;
import org.openmoshi.tensor.DType;

/** The packed weights of a codec while streams use them, one set per type. */
final class SharedWeights {
    private final Map<DType, PackedWeights> sets = new EnumMap<>(DType.class);
    private final Map<DType, Integer> users = new EnumMap<>(DType.class);

    /** The set of a type, for one more user. */
    synchronized PackedWeights share(DType dtype) {
        users.merge(dtype, 1, Integer::sum);
        return sets.computeIfAbsent(dtype, PackedWeights::new);
    }

    /** Takes back what a user shared; the last one's set is freed. */
    synchronized void release(DType dtype) {
        if (users.merge(dtype, -1, Integer::sum) == 0) {
            PackedWeights unused = sets.remove(dtype);
            if (unused != null) {
                unused.close();
            }
        }
    }
}
