/** The trainer of the Mimi codec: configuration, step, loop, validation, run folder with checkpoints and logs. */
@NullMarked
package org.openmoshi.train.mimi;

import org.jspecify.annotations.NullMarked;
