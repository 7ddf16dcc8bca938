/**
 * What a run leaves behind for people: the progress line and the tables on the terminal, a JSONL log, TensorBoard event
 * files, plots, and one self-contained HTML page that plays and shows the result offline.
 *
 * <p>Nothing here needs a tensor: callers hand over samples, numbers and strings. Plots as PNG need a font that Java
 * can find ({@link org.openmoshi.train.report.PlotStyle#requireFonts()}); the HTML page draws its text in the browser
 * and does not.
 */
package org.openmoshi.train.report;
