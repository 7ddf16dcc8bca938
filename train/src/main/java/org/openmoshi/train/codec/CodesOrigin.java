package org.openmoshi.train.codec;

import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;

/**
 * What made some codes: only a codec of the same form and the same codebooks can decode them.
 *
 * @param sampleRate of the codec, Hz
 * @param frameRate of the codes, Hz
 * @param codebooks codes per frame
 * @param codebookSize vectors per codebook
 * @param fingerprint of those codebooks
 */
public record CodesOrigin(int sampleRate, double frameRate, int codebooks, int codebookSize, String fingerprint) {
    /** Of codes that a codec makes with the first few of its codebooks. */
    public static CodesOrigin of(Mimi mimi, int codebooks) {
        MimiConfig config = mimi.config();
        return new CodesOrigin(
                config.sampleRate(),
                config.frameRate(),
                codebooks,
                config.quantizer().bins(),
                Fingerprint.of(mimi, codebooks));
    }

    /** Bits per second of the codes alone. */
    public double bitrate() {
        return codebooks * frameRate * CodePacking.bits(codebookSize);
    }

    /**
     * Refuses codes that a codec cannot decode.
     *
     * @param name what the message calls the codes
     * @throws CodesException when another codec made them
     */
    public void require(Mimi mimi, String name) throws CodesException {
        if (codebooks > mimi.config().quantizer().nQ()) {
            throw new CodesException(name + " has " + codebooks + " codebooks, this codec "
                    + mimi.config().quantizer().nQ() + ": name the one that made it with --checkpoint");
        }
        CodesOrigin own = of(mimi, codebooks);
        if (own.codebookSize != codebookSize || own.frameRate != frameRate || own.sampleRate != sampleRate) {
            throw new CodesException(name + " was made by another codec (" + describe() + ") than this one ("
                    + own.describe() + "): name the one that made it with --checkpoint");
        }
        if (!own.fingerprint.equals(fingerprint)) {
            throw new CodesException(name + " was made by another codec of the same form (fingerprint " + fingerprint
                    + ") than this one (" + own.fingerprint + "): name the one that made it with --checkpoint");
        }
    }

    private String describe() {
        return sampleRate + " Hz, " + frameRate + " frames/s, codebooks of " + codebookSize;
    }
}
