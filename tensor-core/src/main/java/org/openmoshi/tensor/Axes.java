package org.openmoshi.tensor;

import java.util.Arrays;

/** An immutable list of axis numbers, none negative. */
public final class Axes {
    private final int[] axes;

    private Axes(int[] axes) {
        this.axes = axes;
    }

    /** Axes as given; callers resolve negative ones with {@link Shape#axis}. */
    public static Axes of(int... axes) {
        return new Axes(axes.clone());
    }

    /** Axes 0 to rank - 1. */
    public static Axes all(int rank) {
        int[] axes = new int[rank];
        Arrays.setAll(axes, i -> i);
        return new Axes(axes);
    }

    /** Resolves negative axes against a shape. */
    public static Axes resolve(Shape shape, int... axes) {
        int[] resolved = new int[axes.length];
        for (int i = 0; i < axes.length; i++) {
            resolved[i] = shape.axis(axes[i]);
            for (int j = 0; j < i; j++) {
                if (resolved[j] == resolved[i]) {
                    throw new IllegalArgumentException("axis " + axes[i] + " is named twice for shape " + shape);
                }
            }
        }
        return new Axes(resolved);
    }

    /** Number of axes. */
    public int count() {
        return axes.length;
    }

    /** The i-th axis. */
    public int get(int i) {
        return axes[i];
    }

    /** True when the list holds the axis. */
    public boolean contains(int axis) {
        for (int a : axes) {
            if (a == axis) {
                return true;
            }
        }
        return false;
    }

    /** The inverse of a permutation. */
    public Axes inverse() {
        int[] inverse = new int[axes.length];
        for (int i = 0; i < axes.length; i++) {
            inverse[axes[i]] = i;
        }
        return new Axes(inverse);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Axes that && Arrays.equals(axes, that.axes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(axes);
    }

    @Override
    public String toString() {
        return Arrays.toString(axes);
    }
}
