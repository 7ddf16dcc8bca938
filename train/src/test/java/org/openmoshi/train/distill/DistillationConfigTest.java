package org.openmoshi.train.distill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openmoshi.models.config.ConfigException;
import org.openmoshi.train.mimi.MimiTrainConfig;

class DistillationConfigTest {
    private static DistillationConfig load(String... overrides) {
        return MimiTrainConfig.load("tiny", List.of(overrides)).distillation();
    }

    @Test
    void theTeacherIsNamed() {
        assertThat(load().hasTeacher()).isTrue();
        assertThat(load("distillation.teacher=none").hasTeacher()).isFalse();
        assertThat(load("distillation.teacher=wavlm", "distillation.path=w.pt", "distillation.layer=9")
                        .layer())
                .isEqualTo(9);
    }

    @ParameterizedTest
    @CsvSource({
        "distillation.teacher=wavlm, distillation.weight=1, distillation.path is empty",
        "distillation.path=w.pt, distillation.weight=1, only distillation.teacher=wavlm reads it",
        "distillation.layer=3, distillation.weight=1, only distillation.teacher=wavlm has layers",
        "distillation.weight=0, seed=1, must be positive",
        "distillation.teacher=hubert, seed=1, distillation.teacher",
    })
    void refuses(String first, String second, String message) {
        assertThatThrownBy(() -> load(first, second))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(message);
    }
}
