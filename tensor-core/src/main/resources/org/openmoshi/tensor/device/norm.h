#include "functions.h"
#include "rows.h"

// Layer, RMS and group norm of rows of n elements. A row of a group norm holds n / positions channels of `positions`
// elements each, and `groups` rows one after the other hold all channels; layer and RMS norm are the case of one group
// and one position, where element j has weight j.
FUNCTION i64 channel_of(i64 row, i64 j, i64 n, i64 positions, i64 groups) {
    return positions == 1 && groups == 1 ? j : (row % groups) * (n / positions) + j / positions;
}

// y = (x - mean) rstd weight + bias. Bound by bytes: a row is read three times, twice from the cache, and written once.
KERNEL void layer_norm(
        GLOBAL T* y, i64 y_offset, GLOBAL T* means, i64 means_offset, GLOBAL T* rstds, i64 rstds_offset,
        GLOBAL const T* source, i64 x_offset, GLOBAL const T* weight, i64 weight_offset, GLOBAL const T* bias,
        i64 bias_offset, double epsilon, i64 positions, i64 groups, i64 rows, i64 n, i64 lanes, i64 across) {
    SHARED A tree[GROUP_ITEMS];
    Share s = share_rows(lanes, across);
    for (i64 first = GROUP(0) * s.rows; first < rows; first += GROUPS(0) * s.rows) {
        i64 row = first + s.row;
        i64 length = row < rows ? n : 0;
        GLOBAL const T* x = source + x_offset + (row < rows ? row : 0) * n;
        A sum = 0;
        for (i64 j = s.lane; j < length; j += s.lanes) {
            sum += load(x, j);
        }
        A mean = row_sum(tree, s, sum) / (A)n;
        sum = 0;
        for (i64 j = s.lane; j < length; j += s.lanes) {
            A distance = load(x, j) - mean;
            sum += distance * distance;
        }
        A rstd = 1 / sqrt(row_sum(tree, s, sum) / (A)n + (A)epsilon);
        for (i64 j = s.lane; j < length; j += s.lanes) {
            i64 c = channel_of(row, j, n, positions, groups);
            A scaled = (load(x, j) - mean) * rstd * load(weight, weight_offset + c);
            store(y, y_offset + row * n + j, scaled + load(bias, bias_offset + c));
        }
        if (s.lane == 0 && row < rows) {
            store(means, means_offset + row, mean);
            store(rstds, rstds_offset + row, rstd);
        }
    }
}

// y = x rstd weight. Bound by bytes: a row is read twice, once from the cache, and written once.
KERNEL void rms_norm(
        GLOBAL T* y, i64 y_offset, GLOBAL T* rstds, i64 rstds_offset, GLOBAL const T* source, i64 x_offset,
        GLOBAL const T* weight, i64 weight_offset, double epsilon, i64 rows, i64 n, i64 lanes, i64 across) {
    SHARED A tree[GROUP_ITEMS];
    Share s = share_rows(lanes, across);
    for (i64 first = GROUP(0) * s.rows; first < rows; first += GROUPS(0) * s.rows) {
        i64 row = first + s.row;
        i64 length = row < rows ? n : 0;
        GLOBAL const T* x = source + x_offset + (row < rows ? row : 0) * n;
        A sum = 0;
        for (i64 j = s.lane; j < length; j += s.lanes) {
            sum += load(x, j) * load(x, j);
        }
        A rstd = 1 / sqrt(row_sum(tree, s, sum) / (A)n + (A)epsilon);
        for (i64 j = s.lane; j < length; j += s.lanes) {
            store(y, y_offset + row * n + j, load(x, j) * rstd * load(weight, weight_offset + j));
        }
        if (s.lane == 0 && row < rows) {
            store(rstds, rstds_offset + row, rstd);
        }
    }
}

// dx = rstd (w g - mean(w g) - u mean(w g u)) with the normalised u = (x - mean) rstd; RMS norm (centred = 0) subtracts
// no mean. Bound by bytes: g and x are read twice, once from the cache, and dx is written once.
KERNEL void norm_grad(
        GLOBAL T* dx, i64 dx_offset, GLOBAL const T* gradient, i64 g_offset, GLOBAL const T* source, i64 x_offset,
        GLOBAL const T* weight, i64 weight_offset, GLOBAL const T* means, i64 means_offset, GLOBAL const T* rstds,
        i64 rstds_offset, i64 centred, i64 positions, i64 groups, i64 rows, i64 n, i64 lanes, i64 across) {
    SHARED A tree[GROUP_ITEMS];
    Share s = share_rows(lanes, across);
    for (i64 first = GROUP(0) * s.rows; first < rows; first += GROUPS(0) * s.rows) {
        i64 row = first + s.row < rows ? first + s.row : 0;
        i64 length = first + s.row < rows ? n : 0;
        GLOBAL const T* g = gradient + g_offset + row * n;
        GLOBAL const T* x = source + x_offset + row * n;
        A mean = centred != 0 ? load(means, means_offset + row) : 0;
        A rstd = load(rstds, rstds_offset + row);
        A sum = 0, dot = 0;
        for (i64 j = s.lane; j < length; j += s.lanes) {
            A wg = load(g, j) * load(weight, weight_offset + channel_of(row, j, n, positions, groups));
            sum += wg;
            dot += wg * (load(x, j) - mean) * rstd;
        }
        A shift = row_sum(tree, s, sum) / (A)n;
        dot = row_sum(tree, s, dot) / (A)n;
        if (centred == 0) {
            shift = 0;
        }
        for (i64 j = s.lane; j < length; j += s.lanes) {
            A wg = load(g, j) * load(weight, weight_offset + channel_of(row, j, n, positions, groups));
            A u = (load(x, j) - mean) * rstd;
            store(dx, dx_offset + row * n + j, rstd * (wg - shift - u * dot));
        }
    }
}

// dweight = sum(g u) and dbias = sum(g) of a channel over a part of the batch and positions of g and x [batch, channels,
// positions]: the parts [parts, channels] are added by another launch. Bound by bytes: g and x are read once.
KERNEL void norm_grad_parameters(
        GLOBAL A* dweight, i64 dweight_offset, GLOBAL A* dbias, i64 dbias_offset, GLOBAL const T* g, i64 g_offset,
        GLOBAL const T* x, i64 x_offset, GLOBAL const T* means, i64 means_offset, GLOBAL const T* rstds,
        i64 rstds_offset, i64 centred, i64 batch, i64 channels, i64 positions, i64 groups, i64 parts, i64 lanes,
        i64 across) {
    SHARED A tree[GROUP_ITEMS];
    Share s = share_rows(lanes, across);
    i64 n = batch * positions;
    i64 length = (n + parts - 1) / parts;
    for (i64 first = GROUP(0) * s.rows; first < parts * channels; first += GROUPS(0) * s.rows) {
        i64 at = first + s.row;
        A weight = 0, bias = 0;
        if (at < parts * channels) {
            i64 part = at / channels;
            i64 channel = at - part * channels;
            i64 group = channel / (channels / groups);
            i64 end = (part + 1) * length < n ? (part + 1) * length : n;
            for (i64 j = part * length + s.lane; j < end; j += s.lanes) {
                i64 sample = positions == 1 ? j : j / positions;
                i64 i = (sample * channels + channel) * positions + (j - sample * positions);
                i64 row = sample * groups + group;
                A mean = centred != 0 ? load(means, means_offset + row) : 0;
                A value = load(g, g_offset + i);
                bias += value;
                weight += value * (load(x, x_offset + i) - mean) * load(rstds, rstds_offset + row);
            }
        }
        weight = row_sum(tree, s, weight);
        bias = row_sum(tree, s, bias);
        if (s.lane == 0 && at < parts * channels) {
            dweight[dweight_offset + at] = weight;
            dbias[dbias_offset + at] = bias;
        }
    }
}
