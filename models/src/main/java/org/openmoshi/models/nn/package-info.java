/**
 * Layers. A module is a final class whose constructor registers its parameters at a
 * {@link org.openmoshi.models.nn.ModulePath} and whose {@code forward} computes; it holds no activations and no state of
 * a stream. Each forward frees its temporaries itself, so inference needs no more memory than its widest layer; under a
 * tape the tape keeps what gradients need.
 */
package org.openmoshi.models.nn;
