/** Discriminators of waveforms, for adversarial training. Only training uses them. */
@NullMarked
package org.openmoshi.models.discriminator;

import org.jspecify.annotations.NullMarked;
