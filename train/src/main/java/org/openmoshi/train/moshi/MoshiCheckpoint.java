package org.openmoshi.train.moshi;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.openmoshi.models.checkpoint.CheckpointException;
import org.openmoshi.models.checkpoint.SafetensorsFile;
import org.openmoshi.models.moshi.FusedProjections;
import org.openmoshi.models.moshi.MoshiConfig;
import org.openmoshi.models.moshi.MoshiModel;

/** Where users keep language models: the folder of a training run or of one of its checkpoints. */
public final class MoshiCheckpoint {
    private MoshiCheckpoint() {}

    /**
     * Loads a model.
     *
     * @param folder a run's folder, of which the best checkpoint is taken, or a folder with {@code moshi.safetensors} and
     *     {@code config.json}, as Kyutai's are
     * @throws CheckpointException when there is none
     */
    public static MoshiModel load(Path folder) throws IOException {
        Path checkpoint = checkpoint(folder);
        MoshiModel model = MoshiModel.zeros(MoshiConfig.read(checkpoint.resolve(MoshiTrainState.CONFIG)));
        try (SafetensorsFile weights = SafetensorsFile.open(checkpoint.resolve(MoshiTrainState.MODEL))) {
            model.stateDict().load(new FusedProjections(weights, model.config()));
            return model;
        } catch (IOException e) {
            model.close();
            throw e;
        }
    }

    /** The checkpoint of a folder that is one, or the best one of a run's folder. */
    static Path checkpoint(Path folder) throws IOException {
        return Files.isRegularFile(folder.resolve(MoshiTrainState.MODEL)) ? folder : MoshiRun.bestCheckpoint(folder);
    }
}
