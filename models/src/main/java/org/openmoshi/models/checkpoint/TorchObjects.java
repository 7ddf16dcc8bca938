package org.openmoshi.models.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openmoshi.models.checkpoint.TorchTensor.TorchStorage;
import org.openmoshi.tensor.DType;

/**
 * The Python names that a state dict needs: ordered dictionaries, storage types, and the functions that make a tensor of
 * a storage. Whatever else a pickle names is refused.
 */
final class TorchObjects implements PickleReader.Objects {
    private static final Map<String, DType> STORAGES = Map.of(
            "FloatStorage", DType.F32,
            "DoubleStorage", DType.F64,
            "HalfStorage", DType.F16,
            "BFloat16Storage", DType.BF16,
            "IntStorage", DType.I32,
            "LongStorage", DType.I64);

    private enum Callable {
        ORDERED_DICT,
        REBUILD_TENSOR,
        REBUILD_PARAMETER
    }

    @Override
    public Object global(String module, String name) throws PickleException {
        if (module.equals("torch") && STORAGES.containsKey(name)) {
            return STORAGES.get(name);
        }
        return switch (module + "." + name) {
            case "collections.OrderedDict" -> Callable.ORDERED_DICT;
            case "torch._utils._rebuild_tensor_v2" -> Callable.REBUILD_TENSOR;
            case "torch._utils._rebuild_parameter" -> Callable.REBUILD_PARAMETER;
            default ->
                throw new PickleException("it asks for " + printable(module + "." + name)
                        + ", which is neither a tensor nor a plain container and may be harmful");
        };
    }

    @Override
    public Object call(Object callable, List<?> arguments) throws PickleException {
        int count = arguments.size();
        if (callable == Callable.ORDERED_DICT && count == 0) {
            return new LinkedHashMap<>();
        }
        if (callable == Callable.REBUILD_TENSOR && (count == 6 || count == 7)) {
            return tensor(arguments);
        }
        if (callable == Callable.REBUILD_PARAMETER
                && count == 3
                && arguments.getFirst() instanceof TorchTensor tensor) {
            return tensor;
        }
        throw new PickleException("it calls something in a way that makes neither a tensor nor a dictionary");
    }

    /** (storage, offset, sizes, strides, requires_grad, hooks[, metadata]); the rest concerns training in PyTorch. */
    private static TorchTensor tensor(List<?> arguments) throws PickleException {
        if (arguments.get(0) instanceof TorchStorage storage && arguments.get(1) instanceof Long offset) {
            return TorchTensor.of(storage, offset, longs(arguments.get(2)), longs(arguments.get(3)));
        }
        throw new PickleException("a tensor is not made of a storage and an offset");
    }

    private static List<Long> longs(Object value) throws PickleException {
        if (!(value instanceof List<?> list)) {
            throw new PickleException("the sizes of a tensor are no list");
        }
        List<Long> longs = new ArrayList<>();
        for (Object element : list) {
            if (!(element instanceof Long number)) {
                throw new PickleException("a size of a tensor is no whole number");
            }
            longs.add(number);
        }
        return longs;
    }

    /** ('storage', type, key, device, number of elements); the device does not matter here. */
    @Override
    public Object persistent(Object id) throws PickleException {
        if (id instanceof List<?> parts
                && parts.size() == 5
                && "storage".equals(parts.get(0))
                && parts.get(1) instanceof DType dtype
                && parts.get(2) instanceof String key
                && parts.get(4) instanceof Long size
                && size >= 0) {
            return new TorchStorage(key, dtype, size);
        }
        throw new PickleException("it refers to something outside that is no storage of a known type");
    }

    /** State dicts carry version numbers of their modules as an attribute. */
    @Override
    public boolean dropsAttributes(Object target) {
        return target instanceof LinkedHashMap<?, ?>;
    }

    /** Names come from the file; nothing in them may reach a terminal as a command. */
    private static String printable(String name) {
        String safe = name.replaceAll("[^\\x21-\\x7e]", "?");
        return "'" + (safe.length() > 80 ? safe.substring(0, 80) + "..." : safe) + "'";
    }
}
