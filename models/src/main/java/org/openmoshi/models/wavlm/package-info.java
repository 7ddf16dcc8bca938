/**
 * WavLM, a self-supervised model of speech (Chen et al. 2022, arXiv 2110.13900), in both published layouts, with the
 * parameter names of its authors: the teacher that Mimi's first codebook is distilled from. It reads and writes their
 * checkpoints and those of Hugging Face.
 */
package org.openmoshi.models.wavlm;
