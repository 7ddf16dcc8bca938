package org.openmoshi.train.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.models.wavlm.WavLm;
import org.openmoshi.models.wavlm.WavLmFile;
import org.openmoshi.train.distill.TestWavLm;

class ConvertCommandTest {
    @TempDir
    private Path folder;

    private Path original;

    @BeforeEach
    void write() throws IOException {
        original = folder.resolve("original.pt");
        try (WavLm model = TestWavLm.random(1)) {
            WavLmFile.write(model, original, WavLmFile.Form.PT);
        }
    }

    @Test
    void aWayThroughAllFormsEndsInTheSameBytes() throws IOException {
        Path safetensors = folder.resolve("one.safetensors");
        Path huggingFace = folder.resolve("two");
        Path back = folder.resolve("three.pt");
        assertThat(CommandRun.of("convert", original, safetensors).succeeded().out())
                .contains("WavLM of 2 layers, 16 features");
        CommandRun.of("convert", safetensors, huggingFace, "--to", "huggingface")
                .succeeded();
        CommandRun.of("convert", huggingFace, back).succeeded();
        assertThat(back).hasSameBinaryContentAs(original);
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        CommandRun.of("convert", folder.resolve("none.pt"), folder.resolve("a.safetensors"))
                .failedSaying("none.pt does not exist");
        CommandRun.of("convert", original, folder.resolve("form")).refusedSaying("--to huggingface");
        CommandRun.of("convert", original, folder.resolve("a.bin"), "--to", "pt")
                .refusedSaying(".pt");
        CommandRun.of("convert", original, folder).failedSaying("is not empty");
        CommandRun.of("convert", original, original).failedSaying("is an input, too");
        CommandRun.of("convert", original, folder.resolve("none/a.pt")).failedSaying("does not exist");
        Path text = Files.writeString(folder.resolve("text.pt"), "no weights");
        CommandRun.of("convert", text, folder.resolve("a.safetensors")).failedSaying("text.pt");
        assertThat(folder.resolve("a.safetensors")).doesNotExist();
    }
}
