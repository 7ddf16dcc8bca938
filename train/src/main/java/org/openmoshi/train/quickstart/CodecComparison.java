package org.openmoshi.train.quickstart;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.train.data.AudioDataset;
import org.openmoshi.train.eval.ClipMetrics;
import org.openmoshi.train.mimi.CodebookUse;
import org.openmoshi.train.mimi.MimiTrainConfig;
import org.openmoshi.train.mimi.MimiTrainer;
import org.openmoshi.train.mimi.RunFolder;
import org.openmoshi.train.mimi.Validation;
import org.openmoshi.train.report.MetricRow;
import org.openmoshi.train.report.RunReport;

/**
 * The same held-out clips through the codec as it was before the first step and as it is after the last one, both with
 * all codebooks. Not through the best checkpoint: that one was chosen on these clips, and its figures would flatter.
 *
 * @param clips original, untrained and trained
 * @param metrics means over the clips
 * @param codebooks use of the trained codec's codes over the clips
 * @param bitsPerSecond of the codes
 */
record CodecComparison(
        List<RunReport.Clip> clips,
        List<MetricRow> metrics,
        List<RunReport.CodebookUsage> codebooks,
        double bitsPerSecond) {

    /** What the two columns are, in a sentence each. */
    static final String MEANING =
            "Untrained is the same codec before its first step: random weights and empty codebooks.\n"
                    + "Trained is the same codec after the last step. Both use all codebooks. No discriminator took part: minutes are too"
                    + " few for one.\n"
                    + "The untrained codec hums steadily, which STOI rates near 0.5 (its clipping lets a steady sound"
                    + " follow the speech), so STOI counts as a gain only above that.";

    static CodecComparison of(RunFolder run, AudioDataset heldOut) throws IOException {
        MimiTrainConfig config = run.config();
        Validation validation = new Validation(
                heldOut.clips(),
                config.logging().validationClips(),
                config.mimi().sampleRate());
        Validation.Outcome before;
        try (Mimi untrained = MimiTrainer.untrained(config)) {
            before = validation.run(untrained);
        }
        try (Mimi trained = Mimi.load(run.newestCheckpoint().resolve(RunFolder.CODEC))) {
            Validation.Outcome after = validation.run(trained);
            List<RunReport.Clip> clips = new ArrayList<>();
            for (int i = 0; i < after.clips().size(); i++) {
                Validation.Decoded clip = after.clips().get(i);
                clips.add(new RunReport.Clip(
                        clip.name(),
                        validation.sampleRate(),
                        clip.original(),
                        before.clips().get(i).decoded(),
                        clip.decoded()));
            }
            List<ClipMetrics> untrained =
                    clips.stream().map(RunReport.Clip::untrainedMetrics).toList();
            List<ClipMetrics> measured =
                    clips.stream().map(RunReport.Clip::trainedMetrics).toList();
            return new CodecComparison(
                    clips,
                    MetricRow.of(ClipMetrics.mean(untrained), ClipMetrics.mean(measured)),
                    usage(after.codeCounts()),
                    trained.config().bitrate(trained.config().quantizer().nQ()));
        }
    }

    private static List<RunReport.CodebookUsage> usage(long[][] counts) {
        List<RunReport.CodebookUsage> usage = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
            usage.add(new RunReport.CodebookUsage(
                    i == 0 ? "semantic" : "acoustic " + i,
                    CodebookUse.used(counts[i]),
                    counts[i].length,
                    CodebookUse.entropy(counts[i])));
        }
        return usage;
    }
}
