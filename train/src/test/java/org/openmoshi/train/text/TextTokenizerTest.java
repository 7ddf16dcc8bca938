package org.openmoshi.train.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextTokenizerTest {
    @TempDir
    private Path folder;

    private TextTokenizer tokenizer;

    @BeforeEach
    void read() throws IOException, URISyntaxException {
        tokenizer = TextTokenizer.read(
                Path.of(Objects.requireNonNull(getClass().getResource("/golden/tokenizer/tokenizer.model"))
                        .toURI()));
    }

    @AfterEach
    void close() {
        tokenizer.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Hello world, this is Moshi.",
                "3.14 + 2 = 5.14",
                "naïve café, déjà vu",
                "日本語と emoji \uD83D\uDE00\uD83C\uDDEB\uD83C\uDDF7 mixed",
                "Ελληνικά и кириллица",
                "a"
            })
    void decodingGivesTheTextBack(String text) {
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }

    @Test
    void piecesOfACharacterAreHeldBackUntilItIsWhole() {
        int[] tokens = tokenizer.encode("a\uD83D\uDE00b");
        Detokenizer detokenizer = new Detokenizer(tokenizer);
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            String part = detokenizer.accept(token);
            assertThat(part).doesNotContain("\uFFFD");
            text.append(part);
        }
        assertThat(text).hasToString("a\uD83D\uDE00b");
        assertThat(detokenizer.finish()).isEmpty();
    }

    @Test
    void brokenBytesBecomeReplacementCharacters() {
        int[] tokens = tokenizer.encode("\uD83D\uDE00");
        Detokenizer detokenizer = new Detokenizer(tokenizer);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < tokens.length - 1; i++) { // the last byte is missing
            text.append(detokenizer.accept(tokens[i]));
        }
        assertThat(text.append(detokenizer.finish()).toString()).contains("\uFFFD");
    }

    @Test
    void nothingIsNoToken() {
        assertThat(tokenizer.encode("")).isEmpty();
        assertThat(tokenizer.decode()).isEmpty();
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        assertThatThrownBy(() -> tokenizer.decode(tokenizer.vocabularySize()))
                .hasMessageContaining("no text token " + tokenizer.vocabularySize());
        assertThatThrownBy(() -> TextTokenizer.read(folder.resolve("none.model")))
                .hasMessageContaining("name a SentencePiece .model file");
        Path wrong = Files.writeString(folder.resolve("wrong.model"), "this is no model");
        assertThatThrownBy(() -> TextTokenizer.read(wrong)).hasMessageContaining("is no SentencePiece model");
    }
}
