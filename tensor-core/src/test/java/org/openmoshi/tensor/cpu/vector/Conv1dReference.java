package org.openmoshi.tensor.cpu.vector;

/** A 1-d convolution term by term in float64, and the sizes of its sums for error bounds. */
final class Conv1dReference {
    /** Receives the indices of every product of the convolution: y += w x. */
    interface Term {
        void accept(int y, int w, int x);
    }

    private Conv1dReference() {}

    static void forEachTerm(Conv1dShape s, Term term) {
        int groupIn = (int) s.groupIn();
        int groupOut = (int) s.groupOut();
        for (int b = 0; b < s.batch(); b++) {
            for (int co = 0; co < s.outChannels(); co++) {
                for (int t = 0; t < s.outLength(); t++) {
                    for (int ci = 0; ci < groupIn; ci++) {
                        for (int tap = 0; tap < s.kernelSize(); tap++) {
                            long at = (long) t * s.stride() + (long) tap * s.dilation() - s.padLeft();
                            if (at < 0 || at >= s.inLength()) {
                                continue;
                            }
                            int channel = co / groupOut * groupIn + ci;
                            int y = (int) ((b * s.outChannels() + co) * s.outLength() + t);
                            int x = (int) ((b * s.inChannels() + channel) * s.inLength() + at);
                            term.accept(y, (co * groupIn + ci) * s.kernelSize() + tap, x);
                        }
                    }
                }
            }
        }
    }

    static int xSize(Conv1dShape s) {
        return (int) (s.batch() * s.inChannels() * s.inLength());
    }

    static int ySize(Conv1dShape s) {
        return (int) (s.batch() * s.outChannels() * s.outLength());
    }

    static int wSize(Conv1dShape s) {
        return (int) (s.outChannels() * s.groupIn() * s.kernelSize());
    }

    /** Shape from "B Cin T Cout K stride dilation groups padLeft padRight". */
    static Conv1dShape parse(String text) {
        String[] part = text.split(" ");
        int[] v = new int[part.length];
        for (int i = 0; i < v.length; i++) {
            v[i] = Integer.parseInt(part[i]);
        }
        long out = (v[2] + v[8] + v[9] - (long) v[6] * (v[4] - 1) - 1) / v[5] + 1;
        return new Conv1dShape(v[0], v[1], v[2], v[3], out, v[4], v[5], v[6], v[7], v[8]);
    }
}
