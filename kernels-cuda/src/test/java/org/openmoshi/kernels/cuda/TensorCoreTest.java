package org.openmoshi.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.ComputeOp.Attention;
import org.openmoshi.tensor.ComputeOp.AttentionGrad;
import org.openmoshi.tensor.ComputeOp.Linear;
import org.openmoshi.tensor.ComputeOp.MatMul;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.device.DeviceBackend;
import org.openmoshi.tensor.device.PackedArguments;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.OpCase;
import org.openmoshi.tensor.testing.OpCases;
import org.openmoshi.tensor.testing.WatchedDevice;

/** Kernels on tensor cores beside the plain ones, and the emulator's tensor cores beside their definition. */
@ExtendWith(LeakExtension.class)
class TensorCoreTest {
    static final CudaChoices ON_TENSOR_CORES = new CudaChoices(MatMulKernel.WMMA, ConvKernel.OWN);

    private static CudaDevice device;
    private static WatchedDevice tensorCores;
    private static WatchedDevice plain;

    @BeforeAll
    static void load() {
        EmulatedCuda.load();
        device = CudaProvider.device(0, ON_TENSOR_CORES);
        tensorCores = new WatchedDevice(device, 2, 1, 1);
        plain = new WatchedDevice(CudaProvider.device(0, CudaChoices.OWN));
    }

    /** The cases whose kernels may run on tensor cores. */
    static List<OpCase> cases() {
        return OpCases.all().stream()
                .filter(c -> c.dtypes().contains(DType.BF16)
                        && (c.op() instanceof MatMul
                                || c.op() instanceof Linear
                                || c.op() instanceof Attention
                                || c.op() instanceof AttentionGrad))
                .toList();
    }

    /** In grids of two groups, so that each computes several tiles. */
    @TestFactory
    Stream<DynamicTest> agreeWithThePlainKernels() {
        Backend special = new DeviceBackend(tensorCores);
        Backend own = new DeviceBackend(plain);
        return Stream.concat(
                cases().stream().map(c -> dynamicTest(c.toString(), () -> compare(c, special, own))),
                Stream.of(dynamicTest("both were launched", TensorCoreTest::bothWereLaunched)));
    }

    private static void compare(OpCase opCase, Backend special, Backend own) {
        try (Scope _ = Scope.open()) {
            Tensor[] expected = run(opCase, own);
            Tensor[] actual = run(opCase, special);
            for (int i = 0; i < expected.length; i++) {
                boolean rounded = expected[i].dtype() == DType.BF16;
                assertThat(error(actual[i].toDoubles(), expected[i].toDoubles()))
                        .as("output %d", i)
                        .isLessThanOrEqualTo(rounded ? opCase.tolerance() : 1e-5);
            }
        }
    }

    private static void bothWereLaunched() {
        assertThat(tensorCores.launched())
                .contains(
                        "gemm_wmma.cu gemm_wmma",
                        "attention_wmma.cu attention_wmma",
                        "attention_grad_wmma.cu attention_grad_q_wmma",
                        "attention_grad_wmma.cu attention_grad_kv_wmma");
        assertThat(plain.launched())
                .contains("gemm.cu gemm", "attention.cu attention", "attention_grad.cu attention_grad_q")
                .noneMatch(kernel -> kernel.endsWith("_wmma"));
    }

    private static Tensor[] run(OpCase opCase, Backend backend) {
        return Engine.runAll(opCase.op(), opCase.inputs(Backends.named("cpu-scalar"), backend, DType.BF16));
    }

    private static double error(double[] actual, double[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return difference == 0 ? 0 : Math.sqrt(difference / norm);
    }

    @Test
    void onlyBFloat16IsFor() {
        assertThat(device.tensorCores(DType.BF16)).isTrue();
        assertThat(device.tensorCores(DType.F32)).isFalse();
        assertThat(device.description()).contains("bfloat16 kernels: on tensor cores");
        assertThat(CudaProvider.device(0, CudaChoices.OWN).description()).contains("bfloat16 kernels: as for float32");
    }

    /** y = a b by one instruction, where a [16, 16] is read as it lies and b [16, 8] as its transpose or as it lies. */
    @Test
    void fragmentsHoldWhatTheirDefinitionSays() {
        short[] a = new short[256];
        short[] b = new short[256]; // 16 columns, of which 8 are multiplied
        for (int i = 0; i < 256; i++) {
            a[i] = DType.toBFloat16((i * 37 % 101 - 50) / 8f);
            b[i] = DType.toBFloat16((i * 53 % 97 - 48) / 16f);
        }
        float[] expected = new float[128];
        float[] expectedTransposed = new float[128];
        for (int i = 0; i < 16; i++) {
            for (int j = 0; j < 8; j++) {
                for (int k = 0; k < 16; k++) {
                    float x = DType.fromBFloat16(a[i * 16 + k]);
                    expected[i * 8 + j] += x * DType.fromBFloat16(b[k * 16 + j]);
                    expectedTransposed[i * 8 + j] += x * DType.fromBFloat16(b[j * 16 + k]);
                }
            }
        }
        assertThat(product("multiply_fragments_of", a, b)).containsExactly(expected);
        assertThat(product("multiply_fragments_of_transposed", a, b)).containsExactly(expectedTransposed);
    }

    private static float[] product(String kernel, short[] a, short[] b) {
        MemorySegment x = device.allocate(1024);
        MemorySegment y = device.allocate(512);
        device.upload(MemorySegment.ofArray(a), x, 0, 512);
        device.upload(MemorySegment.ofArray(b), x, 512, 512);
        device.launch(TestKernels.load(device, "sound.cu").entry(kernel), 1, 1, 1, 32, PackedArguments.of(y, x));
        float[] result = new float[128];
        device.download(y, 0, MemorySegment.ofArray(result), 512);
        device.release(x);
        device.release(y);
        return result;
    }
}
