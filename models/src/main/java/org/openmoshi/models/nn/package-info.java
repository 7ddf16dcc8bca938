/**
 * Layers. A module is a final class whose constructor registers its parameters at a
 * {@link org.openmoshi.models.nn.ModulePath} and whose {@code forward} computes; it holds no activations and no state of
 * a stream. Each forward frees its temporaries itself, so inference needs no more memory than its widest layer; under a
 * tape the tape keeps what gradients need.
 *
 * <p>{@code forward(x, state)} computes the next steps of a stream, with time before channels: x [B, T, C]. What a layer
 * remembers is in the session's {@link org.openmoshi.models.nn.StreamState} under the layer's path, keys and values in
 * {@link org.openmoshi.models.nn.KvRing}s; weights come from {@link org.openmoshi.models.nn.PackedWeights}, which all
 * sessions of a model share.
 */
package org.openmoshi.models.nn;
