/** What the runs of all trainers have in common. */
package org.openmoshi.train.run;
