package org.openmoshi.models.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigReaderTest {
    /** A part of a configuration. */
    public record Inner(double learningRate, String name) {
        public Inner {
            Checks.require(learningRate > 0, "inner.learning_rate must be positive");
        }
    }

    /** A configuration. */
    public record Outer(int batchSize, boolean fast, List<Integer> ratios, Inner inner) {}

    private static final String VALID = """
            batch_size: 4 # clips
            fast: true
            ratios: [8, 6]
            inner: {learning_rate: 1e-3, name: adam}
            """;

    private static Outer read(String yaml) {
        return ConfigReader.read("run.yaml", ConfigReader.parse("run.yaml", yaml), Outer.class);
    }

    @Test
    void readsARecordAndWritesItBack() {
        Outer config = read(VALID);
        assertThat(config).isEqualTo(new Outer(4, true, List.of(8, 6), new Inner(1e-3, "adam")));
        assertThat(ConfigReader.read("again", ConfigReader.toTree(config), Outer.class))
                .isEqualTo(config);
    }

    @ParameterizedTest(name = "{2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "batch_size: 4    | batchsize: 4              | unknown key 'batchsize'; did you mean 'batch_size'?",
                "learning_rate:   | learnin_rate:             | unknown key 'inner.learnin_rate'; did you mean 'learning_rate'?",
                "batch_size: 4    | batch_size: four          | key 'batch_size'",
                "batch_size: 4    | batch_size: 4.5           | key 'batch_size'",
                "batch_size: 4    | batch_size:               | key 'batch_size'",
                "batch_size: 4    | batch_size: 9999999999    | key 'batch_size'",
                "batch_size: 4    | batch_size: '4'           | key 'batch_size'",
                "fast: true       | fast: 1                   | key 'fast'",
                "fast: true       |                           | 'fast'",
                "[8, 6]           | 8                         | key 'ratios'",
                "[8, 6]           | [8, x]                    | key 'ratios[1]'",
                "name: adam       | name: [a]                 | key 'inner.name'",
                "name: adam       | name: 3                   | key 'inner.name'",
                "1e-3             | -1                        | inner.learning_rate must be positive",
                "fast: true       | batch_size: 5             | Duplicate field 'batch_size'",
                "fast: true       | '{'                       | not valid YAML",
            })
    void namesTheKeyThatIsWrong(String before, String after, String message) {
        String yaml = VALID.replace(before, after == null ? "" : after);
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("run.yaml")
                .hasMessageContaining(message);
    }

    @Test
    void refusesWhatIsNoMappingAndAFileThatIsNotThere() {
        assertThatThrownBy(() -> read("[1, 2]")).hasMessageContaining("not a mapping");
        assertThatThrownBy(() -> read("")).hasMessageContaining("not a mapping");
        assertThatThrownBy(() -> ConfigReader.parse(Path.of("no-such.yaml")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("no-such.yaml does not exist");
    }

    @Test
    void overridesSingleValues() {
        ObjectNode tree = ConfigReader.parse("run.yaml", VALID);
        ConfigReader.override(tree, List.of("batch_size=16", "inner.learning_rate=2e-4", "ratios=[4, 2]"));
        assertThat(ConfigReader.read("run.yaml", tree, Outer.class))
                .isEqualTo(new Outer(16, true, List.of(4, 2), new Inner(2e-4, "adam")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "batch_size         | not of the form key=value",
                "=4                 | not of the form key=value",
                "inner.nam=x        | unknown key 'inner.nam'; did you mean 'name'?",
                "batch_size.x=4     | 'batch_size' has no keys below it",
                "batch_size=[       | '[' is not a YAML value",
            })
    void refusesAWrongOverride(String assignment, String message) {
        ObjectNode tree = ConfigReader.parse("run.yaml", VALID);
        assertThatThrownBy(() -> ConfigReader.override(tree, List.of(assignment)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }
}
