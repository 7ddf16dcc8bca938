package org.openmoshi.autograd;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.Recorder;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/**
 * Records the operations of its thread that depend on what it watches, and walks them backwards:
 *
 * <pre>{@code
 * try (Scope _ = Scope.open(); Tape tape = Tape.open()) {
 *     tape.watch(parameters);
 *     Tensor loss = model.forward(x).sub(y).square().mean();
 *     tape.backward(loss); // accumulates Parameter.gradient()
 * }
 * }</pre>
 *
 * The tape holds the activations that gradient rules read, whatever scope made them, and frees each as soon as the
 * backward pass has used it; a part of the tape can therefore be walked once. Gradients of gradients are not recorded.
 */
public final class Tape implements Recorder, AutoCloseable {
    private final Map<Tensor, Variable> variables = new IdentityHashMap<>();
    private final List<@Nullable Node> nodes = new ArrayList<>();
    private final @Nullable Recorder before;
    private final @Nullable Tape enclosing;

    private Tape(@Nullable Tape enclosing) {
        this.enclosing = enclosing;
        this.before = Engine.record(this);
    }

    /** Starts recording on this thread until {@link #close}. */
    public static Tape open() {
        return new Tape(null);
    }

    /** Makes a tensor a leaf: its gradient accumulates until the tape closes and is read with {@link #gradient}. */
    public Tensor watch(Tensor tensor) {
        if (!tensor.dtype().isDifferentiable()) {
            throw new IllegalArgumentException("a gradient needs F32 or F64, not " + tensor.dtype());
        }
        variables.put(tensor, new Variable(tensor, null, true));
        return tensor;
    }

    /** Makes parameters leaves: gradients accumulate in {@link Parameter#gradient}. */
    public void watch(Collection<Parameter> parameters) {
        for (Parameter parameter : parameters) {
            variables.put(parameter.value(), new Variable(parameter.value(), parameter, true));
        }
    }

    /** True when a gradient can flow to the tensor. */
    public boolean tracks(Tensor tensor) {
        return variables.containsKey(tensor);
    }

    /** The gradient of a watched tensor so far, or null when nothing reached it; it belongs to the tape. */
    public @Nullable Tensor gradient(Tensor leaf) {
        Variable variable = variables.get(leaf);
        if (variable == null || !variable.leaf) {
            throw new IllegalArgumentException("tensor of shape " + leaf.shape() + " is not watched by this tape");
        }
        return variable.parameter != null ? variable.parameter.gradient() : variable.gradient;
    }

    /** The same elements as a constant: no gradient flows through the result. */
    public static Tensor stopGradient(Tensor x) {
        return x.share();
    }

    /** Runs a body without recording. */
    public static <T> T withoutRecording(Supplier<T> body) {
        Recorder recorder = Engine.record(null);
        try {
            return body.get();
        } finally {
            Engine.record(recorder);
        }
    }

    /**
     * Runs a block keeping only its inputs; backward computes it again. Every tracked tensor that the block uses, other
     * than parameters, must be among the inputs, and the block must not draw random numbers from a shared generator.
     */
    public Tensor[] checkpoint(Checkpoint block, Tensor... inputs) {
        Tensor[] outputs = withoutRecording(() -> block.run(inputs));
        Variable[] outs = new Variable[outputs.length];
        for (int i = 0; i < outputs.length; i++) {
            if (tracks(outputs[i])) {
                outputs[i] = outputs[i].share(); // an input handed through must not become its own result
            }
            outs[i] = new Variable(outputs[i], null, false);
            variables.put(outputs[i], outs[i]);
        }
        nodes.add(new Node(null, block, lookUp(inputs), outs, inputs, outputs, (1L << inputs.length) - 1));
        return outputs;
    }

    // ---- recording ------------------------------------------------------------------------------------------------

    @Override
    public void executed(Op op, Tensor[] inputs, Tensor[] outputs) {
        boolean tracked = false;
        for (Tensor input : inputs) {
            if (variables.containsKey(input)) {
                tracked = true;
            } else if (enclosing != null && enclosing.isIntermediate(input)) {
                throw new IllegalStateException(op.label() + ": a checkpointed block uses a tracked tensor of shape "
                        + input.shape() + " that is not among its inputs");
            }
        }
        if (!tracked || !Gradients.differentiable(op, outputs)) {
            return;
        }
        Variable[] outs = new Variable[outputs.length];
        for (int i = 0; i < outputs.length; i++) {
            outs[i] = new Variable(outputs[i], null, false);
            if (outputs[i].dtype().isDifferentiable()) {
                variables.put(outputs[i], outs[i]);
            }
        }
        @Nullable Variable[] ins = lookUp(inputs);
        nodes.add(new Node(op, null, ins, outs, inputs, outputs, Gradients.saved(op, ins)));
    }

    @Override
    public void beforeWrite(Op op, Tensor target) {
        if (variables.containsKey(target)) {
            throw new IllegalStateException(((InPlaceOp) op).label() + " would overwrite a tensor of shape "
                    + target.shape() + " that the tape tracks; write a copy, or do it after the tape is closed");
        }
    }

    private boolean isIntermediate(Tensor tensor) {
        Variable variable = variables.get(tensor);
        return variable != null && variable.parameter == null;
    }

    private @Nullable Variable[] lookUp(Tensor... inputs) {
        @Nullable Variable[] found = new Variable[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            found[i] = variables.get(inputs[i]);
        }
        return found;
    }

    // ---- backward -------------------------------------------------------------------------------------------------

    /** Gradients of a scalar with respect to everything watched; they accumulate there. */
    public void backward(Tensor loss) {
        if (loss.size() != 1) {
            throw new IllegalArgumentException(
                    "backward starts from one element, got shape " + loss.shape() + "; give a gradient to start from");
        }
        try (Scope _ = Scope.open()) {
            backward(
                    new Tensor[] {loss},
                    withoutRecording(() -> Tensor.full(loss.backend(), loss.dtype(), 1, loss.shape())));
        }
    }

    /** Like {@link #backward(Tensor)} from several tensors, each with the gradient that arrives at it. */
    public void backward(Tensor[] roots, Tensor... gradients) {
        Recorder recorder = Engine.record(null);
        try {
            seed(roots, gradients);
            for (int i = nodes.size() - 1; i >= 0; i--) {
                Node node = nodes.get(i);
                if (node != null) {
                    step(node);
                    node.clearGradients(Set.of());
                    node.release();
                    nodes.set(i, null);
                }
            }
        } finally {
            Engine.record(recorder);
        }
    }

    /**
     * Gradients of a scalar with respect to intermediate tensors, as a loss balancer needs them. Only the operations
     * between are walked and nothing accumulates at the leaves; the tape below {@code wrt} stays for a later
     * {@link #backward}. With {@code retain} the operations between stay too, for another loss that shares them.
     * The results belong to the current scope; a tensor that the loss does not depend on gets zeros.
     */
    public Tensor[] gradients(Tensor loss, boolean retain, Tensor... wrt) {
        Set<Variable> targets = identitySet();
        Variable[] wanted = new Variable[wrt.length];
        for (int i = 0; i < wrt.length; i++) {
            Variable target = variables.get(wrt[i]);
            if (target == null) {
                throw new IllegalArgumentException("tensor of shape " + wrt[i].shape() + " is not on this tape");
            }
            if (target.gradient != null || target.parameter != null) {
                throw new IllegalArgumentException("tensor of shape " + wrt[i].shape() + " already has a gradient");
            }
            wanted[i] = target;
            targets.add(target);
        }
        Recorder recorder = Engine.record(null);
        try (Scope scope = Scope.open()) {
            Set<Variable> above = identitySet();
            boolean[] between = between(loss, targets, above);
            seed(new Tensor[] {loss}, Tensor.full(loss.backend(), loss.dtype(), 1, loss.shape()));
            for (int i = nodes.size() - 1; i >= 0; i--) {
                Node node = nodes.get(i);
                if (node != null && between[i]) {
                    node.restrict(above);
                    step(node);
                    node.restrict(null);
                    node.clearGradients(targets);
                    if (!retain) {
                        node.release();
                        nodes.set(i, null);
                    }
                }
            }
            Tensor[] results = new Tensor[wrt.length];
            for (int i = 0; i < wrt.length; i++) {
                Tensor gradient = wanted[i].gradient;
                results[i] = scope.keep(gradient == null ? wrt[i].zerosLike() : gradient.share());
            }
            for (Variable target : targets) {
                target.clear();
            }
            return results;
        } finally {
            Engine.record(recorder);
        }
    }

    private static Set<Variable> identitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    /**
     * Marks the nodes that lie between: they depend on a target, and the loss depends on them. Fills {@code above} with
     * the targets and every variable that depends on one.
     */
    private boolean[] between(Tensor loss, Set<Variable> targets, Set<Variable> above) {
        above.addAll(targets);
        boolean[] between = new boolean[nodes.size()];
        for (int i = 0; i < nodes.size(); i++) {
            Node node = nodes.get(i);
            if (node != null && anyIn(above, node.inputs)) {
                between[i] = true;
                above.addAll(List.of(node.outputs));
            }
        }
        Set<Variable> below = identitySet();
        Variable root = variables.get(loss);
        if (root != null) {
            below.add(root);
        }
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            between[i] = between[i] && node != null && anyIn(below, node.outputs);
            if (between[i] && node != null) {
                for (Variable input : node.inputs) {
                    if (input != null) {
                        below.add(input);
                    }
                }
            }
        }
        return between;
    }

    private static boolean anyIn(Set<Variable> set, @Nullable Variable[] variables) {
        for (Variable variable : variables) {
            if (variable != null && set.contains(variable)) {
                return true;
            }
        }
        return false;
    }

    private void seed(Tensor[] roots, Tensor... gradients) {
        for (int i = 0; i < roots.length; i++) {
            Variable root = variables.get(roots[i]);
            if (root == null) {
                throw new IllegalArgumentException(
                        "tensor of shape " + roots[i].shape() + " does not depend on anything that this tape watches");
            }
            if (!gradients[i].shape().equals(root.shape)) {
                throw new IllegalArgumentException(
                        "gradient of shape " + gradients[i].shape() + " for a tensor of shape " + root.shape);
            }
            root.accumulate(gradients[i]);
        }
    }

    /** Moves the gradients of a node's outputs to its inputs. */
    private void step(Node node) {
        boolean reached = false;
        for (Variable output : node.outputs) {
            reached |= output.gradient != null;
        }
        if (!reached) {
            return;
        }
        try (Scope _ = Scope.open()) {
            if (node.checkpoint != null) {
                recompute(node);
            } else {
                Gradients.step(node);
            }
        }
    }

    private void recompute(Node node) {
        Tensor[] arguments = new Tensor[node.inputs.length];
        try (Tape inner = new Tape(this)) {
            for (Variable variable : variables.values()) {
                // parameters accumulate where they always do
                if (variable.parameter != null) {
                    inner.variables.put(variable.parameter.value(), variable);
                }
            }
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = node.in(i).share();
                if (node.needs(i)) {
                    inner.watch(arguments[i]);
                }
            }
            Tensor[] outputs = Objects.requireNonNull(node.checkpoint).run(arguments);
            List<Tensor> roots = new ArrayList<>();
            List<Tensor> seeds = new ArrayList<>();
            for (int i = 0; i < outputs.length; i++) {
                Tensor gradient = node.outputs[i].gradient;
                if (gradient != null && inner.tracks(outputs[i])) {
                    roots.add(outputs[i]);
                    seeds.add(gradient);
                }
            }
            inner.backward(roots.toArray(new Tensor[0]), seeds.toArray(new Tensor[0]));
            for (int i = 0; i < arguments.length; i++) {
                Variable variable = node.inputs[i];
                Tensor gradient = node.needs(i) ? inner.gradient(arguments[i]) : null;
                if (variable != null && gradient != null) {
                    variable.accumulate(gradient);
                }
            }
        }
    }

    /** Stops recording and frees whatever backward did not. */
    @Override
    public void close() {
        Engine.record(before);
        for (Node node : nodes) {
            if (node != null) {
                node.clearGradients(Set.of());
                node.release();
            }
        }
        nodes.clear();
        for (Variable variable : variables.values()) {
            if (variable.parameter == null) {
                variable.clear();
            }
        }
        variables.clear();
    }
}
