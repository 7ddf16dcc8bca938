package org.openmoshi.models.nn;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.TensorSource;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Functions;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/**
 * All parameters and buffers of a model by the paths of its state dict. Modules register here through a
 * {@link ModulePath} while they are constructed, so the literal path appears once and serves loading, saving, optimizer
 * groups and error messages. Closing it frees them all.
 *
 * <p>A weight under weight norm is stored as {@code weight_g} and {@code weight_v}. A file that has the plain
 * {@code weight} instead loads too (g becomes its norm), and {@link #folded} gives the plain one back.
 */
public final class StateDict implements AutoCloseable {
    private final DType dtype;
    private final @Nullable Generator generator;
    private final boolean shapesOnly;
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final Map<String, Tensor> buffers = new LinkedHashMap<>();
    private final Map<String, WeightNorm> weightNorms = new LinkedHashMap<>();

    /** Gain and direction of one weight. */
    record WeightNorm(Parameter g, Parameter v) {}

    private StateDict(DType dtype, @Nullable Generator generator, boolean shapesOnly) {
        this.dtype = dtype;
        this.generator = generator;
        this.shapesOnly = shapesOnly;
    }

    /** For a model that starts from random parameters. */
    public static StateDict random(DType dtype, Generator generator) {
        return new StateDict(dtype, generator, false);
    }

    /** For a model whose parameters are about to be loaded: all zeros until then. */
    public static StateDict zeros(DType dtype) {
        return new StateDict(dtype, null, false);
    }

    /** For a model of which only names and shapes are wanted: a parameter's elements are all one zero in memory. */
    public static StateDict shapes(DType dtype) {
        return new StateDict(dtype, null, true);
    }

    /** The path of the model itself, from which its modules register. */
    public ModulePath root() {
        return new ModulePath(this, "", null);
    }

    /** The type of all parameters and buffers. */
    public DType dtype() {
        return dtype;
    }

    // ---- registration ---------------------------------------------------------------------------------------------

    Parameter addParameter(String name, Init init, Shape shape) {
        try (Scope _ = Scope.open()) {
            return register(new Parameter(name, start(init, shape)));
        }
    }

    private Tensor start(Init init, Shape shape) {
        if (shapesOnly) {
            return Tensor.zeros(dtype).expand(shape);
        }
        return generator == null ? Tensor.zeros(dtype, shape.toArray()) : init.make(generator, dtype, shape);
    }

    Tensor addBuffer(String name, double value, Shape shape) {
        unused(name);
        try (Scope _ = Scope.open()) {
            Tensor buffer = Tensor.full(dtype, value, shape.toArray()).hold();
            buffers.put(name, buffer);
            return buffer;
        }
    }

    /** v starts as init says and g as its norm, so that the weight starts as it would without weight norm. */
    WeightNorm addWeightNorm(String name, Init init, Shape shape) {
        Parameter v = addParameter(name + "_v", init, shape);
        try (Scope _ = Scope.open()) {
            WeightNorm pair = new WeightNorm(register(new Parameter(name + "_g", norm(v.value()))), v);
            weightNorms.put(name, pair);
            return pair;
        }
    }

    private Parameter register(Parameter parameter) {
        unused(parameter.name());
        parameters.put(parameter.name(), parameter);
        return parameter;
    }

    private void unused(String name) {
        if (parameters.containsKey(name) || buffers.containsKey(name)) {
            throw new IllegalStateException("two modules register '" + name + "'");
        }
    }

    /** Norm over all axes but the first, which are kept as 1. */
    private static Tensor norm(Tensor v) {
        long[] dims = new long[v.rank()];
        Arrays.fill(dims, 1);
        dims[0] = v.dim(0);
        return v.reshape(v.dim(0), -1).norm(1).reshape(dims);
    }

    // ---- reading --------------------------------------------------------------------------------------------------

    /** The trainable parameters, in the order of registration. */
    public Collection<Parameter> parameters() {
        return Collections.unmodifiableCollection(parameters.values());
    }

    /** The trainable parameters whose path starts so: an optimizer group. */
    public List<Parameter> parameters(String prefix) {
        return parameters.values().stream()
                .filter(parameter -> parameter.name().startsWith(prefix))
                .toList();
    }

    /** The parameter of a path. */
    public Parameter parameter(String name) {
        Parameter parameter = parameters.get(name);
        if (parameter == null) {
            throw new IllegalArgumentException("no parameter '" + name + "'");
        }
        return parameter;
    }

    /** The tensors that are saved but not trained by gradients, by path. */
    public Map<String, Tensor> buffers() {
        return Collections.unmodifiableMap(buffers);
    }

    /** Number of trainable values, buffers not counted. */
    public long parameterCount() {
        return parameters.values().stream().mapToLong(p -> p.value().size()).sum();
    }

    /** Everything by path: parameters, then buffers. These are the values themselves, not copies. */
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> all.put(name, parameter.value()));
        all.putAll(buffers);
        return all;
    }

    /** The names of {@link #folded}. */
    public Set<String> foldedNames() {
        Set<String> names = new LinkedHashSet<>(parameters.keySet());
        names.addAll(buffers.keySet());
        weightNorms.forEach((name, pair) -> {
            names.remove(pair.g().name());
            names.remove(pair.v().name());
            names.add(name);
        });
        return names;
    }

    /** Like {@link #tensors} but with plain weights in place of weight norm's; those belong to the current scope. */
    public Map<String, Tensor> folded() {
        Map<String, Tensor> all = tensors();
        weightNorms.forEach((name, pair) -> {
            all.remove(pair.g().name());
            all.remove(pair.v().name());
            all.put(name, Functions.weightNorm(pair.v().value(), pair.g().value()));
        });
        return all;
    }

    // ---- loading --------------------------------------------------------------------------------------------------

    /**
     * Overwrites everything with the tensors of a file, converted to this type. Strict: either all names and shapes
     * agree, or nothing is changed.
     *
     * @throws CheckpointException listing all that is missing, unexpected or of another shape
     */
    public void load(TensorSource file) throws CheckpointException {
        load(file, name -> true);
    }

    /** Like {@link #load(TensorSource)} for those paths only that the predicate accepts, such as adapters. */
    public void load(TensorSource file, Predicate<String> part) throws CheckpointException {
        Map<String, Tensor> targets = targets(file);
        targets.keySet().removeIf(part.negate());
        StateDictCheck.check(file, targets);
        for (Map.Entry<String, Tensor> entry : targets.entrySet()) {
            try (Scope _ = Scope.open()) {
                Tensor value = file.load(entry.getKey(), dtype);
                entry.getValue().copyFrom_(value);
                WeightNorm pair = weightNorms.get(entry.getKey());
                if (pair != null) {
                    pair.g().value().copyFrom_(norm(value));
                }
            }
        }
    }

    /** What each name in the file is loaded into; a plain weight goes to weight norm's direction. */
    private Map<String, Tensor> targets(TensorSource file) {
        Map<String, Tensor> targets = tensors();
        weightNorms.forEach((name, pair) -> {
            if (file.contains(name)) {
                targets.remove(pair.g().name());
                targets.remove(pair.v().name());
                targets.put(name, pair.v().value());
            }
        });
        return targets;
    }

    /** Frees all parameters, their gradients, and buffers. */
    @Override
    public void close() {
        parameters.values().forEach(Parameter::close);
        buffers.values().forEach(Tensor::close);
    }
}
