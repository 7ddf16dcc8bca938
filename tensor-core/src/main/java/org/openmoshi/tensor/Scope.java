package org.openmoshi.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * Frees what is made inside it: {@code try (Scope step = Scope.open()) { ... }} closes every tensor created by this
 * thread since, unless it was {@linkplain #keep kept}. Scopes nest. Outside any scope, or inside an
 * {@linkplain #detached() detached} one, a tensor lives until it is closed by hand: parameters, optimizer state and
 * stream state are made there.
 */
public final class Scope implements AutoCloseable {
    private static final ThreadLocal<Scope> CURRENT = new ThreadLocal<>();

    private final Scope parent;
    private final boolean tracks;
    private final List<Tensor> tensors = new ArrayList<>();
    private final Thread owner = Thread.currentThread();
    private boolean open = true;

    private Scope(Scope parent, boolean tracks) {
        this.parent = parent;
        this.tracks = tracks;
    }

    /** Opens a scope for this thread. */
    public static Scope open() {
        return push(true);
    }

    /** Opens a scope whose tensors are not freed at its end: the caller owns each of them. */
    public static Scope detached() {
        return push(false);
    }

    private static Scope push(boolean tracks) {
        Scope scope = new Scope(CURRENT.get(), tracks);
        CURRENT.set(scope);
        return scope;
    }

    /** How many scopes this thread has open. */
    public static int depth() {
        int depth = 0;
        for (Scope scope = CURRENT.get(); scope != null; scope = scope.parent) {
            depth++;
        }
        return depth;
    }

    static void register(Tensor tensor) {
        Scope scope = CURRENT.get();
        if (scope != null && scope.tracks) {
            scope.tensors.add(tensor);
        }
    }

    /** Moves a tensor of this scope to the enclosing one (or to the caller, when there is none) and returns it. */
    public Tensor keep(Tensor tensor) {
        tensor.shape(); // a closed tensor cannot be kept
        for (int i = tensors.size() - 1; i >= 0; i--) {
            if (tensors.get(i) == tensor) {
                tensors.remove(i);
                if (parent != null && parent.tracks) {
                    parent.tensors.add(tensor);
                }
                break;
            }
        }
        return tensor;
    }

    /**
     * Closes the tensors of this scope in reverse order of creation.
     *
     * @throws IllegalStateException when scopes are closed out of order or by another thread
     */
    @Override
    public void close() {
        if (!open) {
            return;
        }
        if (Thread.currentThread() != owner || CURRENT.get() != this) {
            throw new IllegalStateException("scopes close in reverse order of opening, on the thread that opened them");
        }
        open = false;
        if (parent == null) {
            CURRENT.remove();
        } else {
            CURRENT.set(parent);
        }
        for (int i = tensors.size() - 1; i >= 0; i--) {
            tensors.get(i).close();
        }
        tensors.clear();
    }
}
