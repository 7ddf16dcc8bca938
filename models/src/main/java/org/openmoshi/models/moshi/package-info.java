/**
 * The Moshi language model (arXiv 2410.00037, section 3.4): {@link org.openmoshi.models.moshi.MoshiModel} and its loss.
 * Shapes are [batch, time, features]; token streams are [batch, streams, time], the text first.
 */
@NullMarked
package org.openmoshi.models.moshi;

import org.jspecify.annotations.NullMarked;
