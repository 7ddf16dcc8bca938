/**
 * What a backend must be able to do, as cases: every operation with shapes, types and tolerances, and the comparison with
 * the scalar reference. It drives the tests of all backends, the gradient checks, and the check of a real device at its
 * user's, which is why it is part of the library.
 */
@NullMarked
package org.openmoshi.tensor.testing;

import org.jspecify.annotations.NullMarked;
