#include "functions.h"
#include "rows.h"

// The largest of some numbers and the sum of e^(x - largest), kept while numbers arrive one at a time (Milakov and
// Gimelshein 2018).
typedef struct {
    A largest;
    A sum;
} LogSum;

// Adds a number. After +infinity the sum is no number, as infinity - infinity is none.
FUNCTION LogSum log_sum_add(LogSum all, A x) {
    if (x > all.largest) {
        all.sum = all.sum * exp(all.largest - x) + (1 + (x - x));
        all.largest = x;
    } else {
        all.sum += x == all.largest ? 1 : exp(x - all.largest);
    }
    return all;
}

FUNCTION LogSum log_sum_join(LogSum a, LogSum b) {
    LogSum all;
    if (a.largest == b.largest) {
        all.largest = a.largest;
        all.sum = a.sum + b.sum;
    } else {
        LogSum above = a.largest > b.largest ? a : b;
        LogSum below = a.largest > b.largest ? b : a;
        all.largest = above.largest;
        all.sum = above.sum + below.sum * exp(below.largest - above.largest);
    }
    return all;
}

// The same over a row of n elements a stride apart, given to each of the row's lanes. All items of the group must
// arrive; those without a row with n = 0.
FUNCTION LogSum row_log_sum(
        LOCAL A* largest, LOCAL A* sums, Share s, GLOBAL const T* x, i64 stride, i64 n) {
    LogSum all;
    all.largest = -INFINITY;
    all.sum = 0;
    for (i64 j = s.lane; j < n; j += s.lanes) {
        all = log_sum_add(all, load(x, j * stride));
    }
    for (int reach = s.step; reach < s.lanes * s.step; reach *= 2) {
        LogSum other;
        other.largest = exchange(largest, all.largest, reach);
        other.sum = exchange(sums, all.sum, reach);
        all = log_sum_join(all, other);
    }
    return all;
}
