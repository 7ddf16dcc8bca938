#include "faults.h"
#include "log_sum_exp.h"

// losses[row] = weight (log-sum-exp - logit of the target), and the log-sum-exp for the gradient; logits in any layout.
// A negative target has no loss. Bound by bytes: every logit is read once.
KERNEL void cross_entropy(
        GLOBAL T* losses, i64 losses_offset, GLOBAL T* norms, i64 norms_offset, GLOBAL const T* logits,
        i64 logits_offset, i64 row_stride, i64 class_stride, GLOBAL const i64* targets, i64 targets_offset,
        GLOBAL const T* weights, i64 weights_offset, i64 weighted, GLOBAL i64* faults, i64 faults_offset, i64 rows,
        i64 classes, i64 lanes, i64 across) {
    SHARED A tree[GROUP_ITEMS];
    SHARED A sums[GROUP_ITEMS];
    Share s = share_rows(lanes, across);
    (void)faults_offset;
    for (i64 first = GROUP(0) * s.rows; first < rows; first += GROUPS(0) * s.rows) {
        i64 row = first + s.row;
        GLOBAL const T* x = logits + logits_offset + (row < rows ? row : 0) * row_stride;
        LogSum all = row_log_sum(tree, sums, s, x, class_stride, row < rows ? classes : 0);
        if (s.lane == 0 && row < rows) {
            A log_sum = log(all.sum);
            i64 target = targets[targets_offset + row];
            A weight = weighted != 0 ? load(weights, weights_offset + row) : 1;
            A loss = 0;
            if (target >= classes) {
                fault(faults, FAULT_INDEX, target, classes);
            } else if (target >= 0) {
                loss = weight * (all.largest - load(x, target * class_stride) + log_sum);
            }
            store(losses, losses_offset + row, loss);
            store(norms, norms_offset + row, all.largest + log_sum);
        }
    }
}

// dlogits[row, class] = g weight (softmax - one-hot of the target), dense. Bound by bytes: one read, one write.
KERNEL void cross_entropy_grad(
        GLOBAL T* dlogits, i64 dlogits_offset, GLOBAL const T* g, i64 g_offset, GLOBAL const T* logits,
        i64 logits_offset, i64 row_stride, i64 class_stride, GLOBAL const i64* targets, i64 targets_offset,
        GLOBAL const T* norms, i64 norms_offset, GLOBAL const T* weights, i64 weights_offset, i64 weighted, i64 rows,
        i64 classes, i64 lanes, i64 across) {
    Share s = share_rows(lanes, across);
    for (i64 row = GROUP(0) * s.rows + s.row; row < rows; row += GROUPS(0) * s.rows) {
        i64 target = targets[targets_offset + row];
        A norm = load(norms, norms_offset + row);
        A scale = load(g, g_offset + row) * (weighted != 0 ? load(weights, weights_offset + row) : 1);
        for (i64 j = s.lane; j < classes; j += s.lanes) {
            A softmax = exp(load(logits, logits_offset + row * row_stride + j * class_stride) - norm);
            store(dlogits, dlogits_offset + row * classes + j,
                    target < 0 ? 0 : scale * (softmax - (j == target ? 1 : 0)));
        }
    }
}
