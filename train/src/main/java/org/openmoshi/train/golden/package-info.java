/** Golden cases of losses, discriminators, optimizers and audio; see {@link org.openmoshi.models.golden}. */
@NullMarked
package org.openmoshi.train.golden;

import org.jspecify.annotations.NullMarked;
