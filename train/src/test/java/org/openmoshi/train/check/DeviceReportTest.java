package org.openmoshi.train.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.ComputeOp.Embedding;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.InPlaceOp;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.OpCase;
import org.openmoshi.tensor.testing.OpCases;
import org.openmoshi.train.cli.OpenMoshi;
import picocli.CommandLine;

@ExtendWith(LeakExtension.class)
class DeviceReportTest {
    @TempDir
    private Path folder;

    static List<KernelCase> kernels() {
        return KernelCase.all();
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void trafficIsThatOfTheTensors(KernelCase kernel) {
        try (Scope _ = Scope.open()) {
            Tensor[] inputs = kernel.inputs(Backends.named("cpu"));
            double bytes = bytes(inputs);
            if (kernel.op() instanceof Embedding) {
                bytes += bytes(Engine.run(kernel.op(), inputs)) - bytes(inputs[1]); // reads the chosen rows alone
            }
            if (kernel.op() instanceof InPlaceOp op) {
                for (int i = 0; i < op.written(inputs.length); i++) {
                    bytes += bytes(inputs[i]);
                }
            } else {
                bytes += bytes(Engine.runAll(kernel.op(), inputs));
            }
            assertThat(kernel.megabytes()).isCloseTo(bytes / 1e6, within(0.01 * bytes / 1e6));
        }
    }

    private static double bytes(Tensor... tensors) {
        double sum = 0;
        for (Tensor tensor : tensors) {
            sum += tensor.size() * (double) tensor.dtype().bytes();
        }
        return sum;
    }

    @Test
    void operationsAreCountedAndFailuresKept() throws Exception {
        Backend cpu = Backends.named("cpu");
        List<OpCase> some = OpCases.all().subList(0, 12);
        OperationCheck check = OperationCheck.run(cpu, some, _ -> {});
        assertThat(check.failed()).isZero();
        assertThat(check.runs())
                .isEqualTo(some.stream().mapToInt(c -> c.dtypes().size()).sum());

        DeviceReport report = new DeviceReport(cpu);
        report.operations(check);
        assertThat(report.passed()).isTrue();
        List<OpCase> impossible = some.stream().map(c -> c.within(-1)).toList();
        report.operations(OperationCheck.run(cpu, impossible, _ -> {}));
        assertThat(report.passed()).isFalse();
        Path page = folder.resolve("page.md");
        report.write(page);
        assertThat(Files.readString(page)).contains("# Check of cpu").contains("is off by");
    }

    @Test
    void shareOfTheLimitIsOfTheTypeThatAKernelComputesIn() {
        KernelCase products = kernel("matMul 1024^3");
        assertThat(products.leastMilliseconds(new Limits(2e12, 1e12, 1e12))).isCloseTo(1.074, within(0.001));
        assertThat(products.limit(new Limits(2e12, 1e12, 1e12))).isEqualTo("arithmetic");
        assertThat(products.limit(new Limits(2e15, 1e12, 1e12))).isEqualTo("memory");
        KernelCase codes = kernel("nearestCode 1000 x 256, 2048 codes");
        assertThat(codes.leastMilliseconds(new Limits(2e12, 1e12, 1e12))).isCloseTo(1.573, within(0.001));
        assertThat(Limits.of(Backends.named("cpu")).bandwidth()).isNaN();
        assertThat(new Limits(67e12, Double.NaN, 3.35e12))
                .hasToString("67.00 TFLOP/s in float32, arithmetic not known in float64, 3350 GB/s");
    }

    private static KernelCase kernel(String name) {
        return kernels().stream()
                .filter(kernel -> kernel.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aTrainingRunIsComparedStepByStep() throws Exception {
        TrainingCheck check = TrainingCheck.run(Backends.named("cpu"), 2, folder);
        assertThat(check.reference()).hasSize(2);
        assertThat(check.device()).isEqualTo(check.cpu());
        assertThat(check.cpuDifference()).isBetween(1e-12, 1e-3);
        assertThat(check.follows()).isTrue();
        assertThat(strays(1.01, 1.02)).isFalse();
        assertThat(strays(1.01, 1.04)).isFalse();
        assertThat(strays(1.1, 1.11)).isTrue();
        assertThat(strays(Double.NaN, 1)).isTrue();
    }

    /** Whether a device with these losses strays, where the reference has 1 and 1 and the CPU 1.01 and 1.01. */
    private static boolean strays(double first, double second) {
        return !new TrainingCheck(List.of(1.0, 1.0), List.of(1.01, 1.01), List.of(first, second), 1, 1).follows();
    }

    @Test
    void aDeviceThatIsNotThereIsOneSentence() {
        StringWriter err = new StringWriter();
        CommandLine line = OpenMoshi.commandLine(new OpenMoshi());
        line.setErr(new java.io.PrintWriter(err));
        Path page = folder.resolve("page.md");
        int code = OpenMoshi.execute(line, "gpu-check", "--device", "abacus:0", "--out", page.toString());
        assertThat(code).isEqualTo(2);
        assertThat(err.toString()).contains("no backend 'abacus:0'").doesNotContain("\tat ");
        assertThat(page).doesNotExist();
    }
}
