/**
 * The Mimi neural audio codec (Moshi paper, arXiv 2410.00037, section 3.3): encoder, split residual vector quantizer,
 * decoder, and how its codebooks are trained.
 */
package org.openmoshi.models.mimi;
