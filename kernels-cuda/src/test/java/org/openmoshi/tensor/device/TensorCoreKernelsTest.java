package org.openmoshi.tensor.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openmoshi.kernels.cuda.CudaProvider;

/** What the host and the kernels on tensor cores must agree on. */
class TensorCoreKernelsTest {
    @Test
    void tilesAndGroupsOfBothSidesAgree() {
        assertThat(source("gemm_wmma.cu")).contains("#define GEMM_TILE " + Products.TENSOR_CORE_TILE + "\n");
        assertThat(source("gemm_wmma.cu")).contains("#define GEMM_ITEMS " + Products.TILE_ITEMS + "\n");
        assertThat(source("head_panel.h")).contains("#define ATTENTION_ITEMS " + Attentions.TENSOR_CORE_ITEMS + "\n");
    }

    @ParameterizedTest
    @CsvSource({
        "gemm, gemm",
        "attention, attention",
        "attention_grad, attention_grad_q",
        "attention_grad, attention_grad_kv"
    })
    void parametersAreThoseOfThePlainKernels(String file, String kernel) {
        assertThat(parameters(file + "_wmma.cu", kernel + "_wmma"))
                .isEqualTo(parameters(file + ".cu", kernel))
                .hasSizeGreaterThan(10);
    }

    /** The names of a kernel's parameters, with a star behind those that are buffers and the type of those by value. */
    private static List<String> parameters(String file, String kernel) {
        Matcher entry = Pattern.compile("void (?:__launch_bounds__\\([^)]*\\) )?" + kernel + "\\(([^)]*)\\)")
                .matcher(source(file));
        assertThat(entry.find()).as("%s has %s", file, kernel).isTrue();
        return Stream.of(entry.group(1).strip().split("\\s*,\\s*"))
                .map(parameter -> parameter.replaceFirst("GLOBAL (?:const )?\\w+\\*", "*"))
                .toList();
    }

    private static String source(String file) {
        return KernelSource.read(CudaProvider.class::getResourceAsStream, file);
    }
}
