package org.openmoshi.train.audio;

/** How samples come and go through a pipe. */
public enum PcmFormat {
    /** With a header; of any length, which the header need not say. */
    WAV,
    /** 16-bit integers, little-endian, mono. */
    S16LE,
    /** 32-bit floats, little-endian, mono. */
    F32LE
}
