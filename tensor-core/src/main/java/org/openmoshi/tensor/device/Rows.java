package org.openmoshi.tensor.device;

/**
 * How the items of groups share rows in kernels that include {@code rows.h}.
 *
 * @param rows how many rows there are
 * @param lanes items that work on one row, a power of two
 * @param across whether neighbouring elements in memory belong to neighbouring rows
 * @param items items of a group
 */
record Rows(long rows, int lanes, boolean across, int items) {
    /** Groups have as many items as memory of the group is declared for. */
    static final int GROUP_ITEMS = KernelSource.constant("rows.h", "GROUP_ITEMS");

    /** A warp: neighbouring items that read together. */
    private static final int TOGETHER = 32;

    /** Elements that make a lane worth while. */
    private static final int PER_LANE = 4;

    /** Shares rows so that neighbouring items read neighbouring elements. */
    static Rows of(long rows, long length, boolean across) {
        long most = across ? Math.max(1, GROUP_ITEMS / powerOfTwo(Math.min(rows, TOGETHER))) : GROUP_ITEMS;
        long lanes = Math.min(most, powerOfTwo((length + PER_LANE - 1) / PER_LANE));
        int items = Math.clamp(powerOfTwo(Math.min(rows, GROUP_ITEMS)) * lanes, TOGETHER, GROUP_ITEMS);
        return new Rows(rows, (int) lanes, across, items);
    }

    /** The smallest power of two that is at least n, and at least 1. */
    static long powerOfTwo(long n) {
        return n <= 1 ? 1 : Long.highestOneBit(n - 1) << 1;
    }

    /** Passes the lanes and whether they go across, and launches. */
    void launch(Launch launch) {
        launch.integer(lanes).integer(across ? 1 : 0);
        groups(launch);
    }

    /** Launches what has all its arguments. */
    void groups(Launch launch) {
        long perGroup = items / lanes;
        launch.groups((rows + perGroup - 1) / perGroup, items);
    }
}
