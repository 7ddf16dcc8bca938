/** Text as tokens: SentencePiece models, and decoding as tokens arrive. */
@NullMarked
package org.openmoshi.train.text;

import org.jspecify.annotations.NullMarked;
