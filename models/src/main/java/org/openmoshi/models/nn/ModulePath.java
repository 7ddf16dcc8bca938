package org.openmoshi.models.nn;

import org.jspecify.annotations.Nullable;
import org.openmoshi.autograd.Parameter;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;

/** Where a module stands in a model's state dict: {@code encoder.model.0}. Its parameters register below it. */
public final class ModulePath {
    private final StateDict dict;
    private final String prefix;
    private final @Nullable Lora lora;

    ModulePath(StateDict dict, String prefix, @Nullable Lora lora) {
        this.dict = dict;
        this.prefix = prefix;
        this.lora = lora;
    }

    /** The same path, where linear layers from here on have adapters; null for none. */
    public ModulePath withLora(@Nullable Lora adapters) {
        return new ModulePath(dict, prefix, adapters);
    }

    /** The adapters that linear layers have here, or null. */
    @Nullable Lora lora() {
        return lora;
    }

    /** A path below this one; the name may have dots of its own. */
    public ModulePath sub(String name) {
        return new ModulePath(dict, prefix + name + ".", lora);
    }

    /** The path of an element of a list of modules. */
    public ModulePath sub(int index) {
        return sub(Integer.toString(index));
    }

    /** Registers a trainable parameter. */
    public Parameter param(String name, Init init, long... shape) {
        return dict.addParameter(prefix + name, init, Shape.of(shape));
    }

    /** Registers a tensor that is saved and loaded with the parameters but not trained by gradients. */
    public Tensor buffer(String name, double value, long... shape) {
        return dict.addBuffer(prefix + name, value, Shape.of(shape));
    }

    /** Registers {@code name_g} and {@code name_v} of a weight under weight norm. */
    StateDict.WeightNorm weightNorm(String name, Init init, long... shape) {
        return dict.addWeightNorm(prefix + name, init, Shape.of(shape));
    }

    /** The path without its last dot, for messages. */
    @Override
    public String toString() {
        return prefix.isEmpty() ? "(model)" : prefix.substring(0, prefix.length() - 1);
    }
}
