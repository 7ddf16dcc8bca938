package org.openmoshi.train.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.openmoshi.models.mimi.Mimi;
import org.openmoshi.models.mimi.MimiConfig;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** An untrained codec with codebooks that differ by seed. */
final class TestCodec {
    private TestCodec() {}

    static Path save(Path file, String preset, long seed) throws IOException {
        Generator random = new Generator(seed);
        try (Scope _ = Scope.open();
                Mimi mimi = Mimi.random(MimiConfig.preset(preset), random)) {
            mimi.stateDict().buffers().forEach((name, buffer) -> {
                if (name.endsWith("embedding_sum")) {
                    Tensor values =
                            random.normal(buffer.dtype(), 0, 0.1, buffer.shape().toArray());
                    buffer.copyFrom_(values);
                }
            });
            mimi.save(file);
        }
        return file;
    }
}
