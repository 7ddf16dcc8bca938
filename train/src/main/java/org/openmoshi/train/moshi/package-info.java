/**
 * Training of the Moshi language model on tokens: {@link org.openmoshi.train.moshi.MoshiTrainer} and what it reads, {@link
 * org.openmoshi.train.moshi.TokenShards}.
 */
@NullMarked
package org.openmoshi.train.moshi;

import org.jspecify.annotations.NullMarked;
