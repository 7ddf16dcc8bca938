package org.openmoshi.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.ComputeOp.Linear;
import org.openmoshi.tensor.ComputeOp.MatMul;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Execution;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.device.Blas;
import org.openmoshi.tensor.device.Blas.Operand;
import org.openmoshi.tensor.device.DeviceBackend;
import org.openmoshi.tensor.testing.BackendSuite;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.OpCases;

/** Products by the library that stands in for cuBLAS: what the host side passes to it is right. */
@ExtendWith(LeakExtension.class)
class CublasTest {
    private static CudaDevice device;
    private static Backend cuda;

    @BeforeAll
    static void load() {
        EmulatedCuda.load();
        device = CudaProvider.device(0, new CudaChoices(MatMulKernel.CUBLAS, ConvKernel.OWN));
        cuda = new DeviceBackend(device);
    }

    @TestFactory
    Stream<DynamicTest> everyProductGivesTheReferenceResult() {
        return BackendSuite.operations(
                cuda,
                OpCases.all().stream()
                        .filter(opCase -> opCase.op() instanceof MatMul || opCase.op() instanceof Linear)
                        .toList());
    }

    @Test
    void takesProductsAsTheirOperandsLie() {
        try (Scope _ = Scope.open()) {
            Tensor a = ramp(12, 20);
            Tensor b = ramp(20, 10);
            Tensor expected = matMul(Execution.LIBRARY, a, b);
            assertThat(matMul(Execution.LIBRARY, turned(a), b).toFloats()).isEqualTo(expected.toFloats());
            assertThat(matMul(Execution.LIBRARY, a, turned(b)).toFloats()).isEqualTo(expected.toFloats());
            assertThat(matMul(Execution.LIBRARY, turned(a), turned(b)).toFloats())
                    .isEqualTo(expected.toFloats());
            assertThat(matMul(Execution.LIBRARY, inWiderRows(a), inWiderRows(b)).toFloats())
                    .isEqualTo(expected.toFloats());
            Tensor batch = matMul(Execution.LIBRARY, ramp(3, 12, 20), ramp(3, 20, 10));
            assertThat(batch.slice(0, 0, 1).toFloats()).isEqualTo(expected.toFloats());
            Tensor shared = matMul(Execution.LIBRARY, a, ramp(3, 20, 10));
            assertThat(shared.slice(0, 0, 1).toFloats()).isEqualTo(expected.toFloats());
        }
    }

    @Test
    void leavesToKernelsWhatItDoesNotTake() {
        try (Scope _ = Scope.open()) {
            Tensor a = ramp(12, 20);
            Tensor b = ramp(20, 10);
            Tensor expected = matMul(Execution.LIBRARY, a, b);
            Tensor everySecond = Tensor.concat(2, a.reshape(12, 20, 1), a.reshape(12, 20, 1))
                    .reshape(12, 20, 2)
                    .select(2, 0);
            assertThat(matMul(Execution.KERNEL, everySecond, b).toFloats()).isEqualTo(expected.toFloats());
            matMul(Execution.KERNEL, ramp(1, 20), b); // one row
            matMul(Execution.KERNEL, ramp(2, 1, 12, 20), ramp(3, 20, 10)); // a batch along two axes
        }
    }

    /** 0, 1, ... modulo small numbers, so that sums are exact in any order. */
    private static Tensor ramp(long... dims) {
        Shape shape = Shape.of(dims);
        float[] values = new float[(int) shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 200 % 7 - 3;
        }
        return Tensor.of(cuda, MemorySegment.ofArray(values), DType.F32, shape);
    }

    /** The same matrix, lying column by column. */
    private static Tensor turned(Tensor x) {
        return x.transpose(0, 1).contiguous().transpose(0, 1);
    }

    private static Tensor inWiderRows(Tensor x) {
        return Tensor.concat(1, x, x).slice(1, 0, x.dim(1));
    }

    private static Tensor matMul(Execution by, Tensor a, Tensor b) {
        Tensor c = a.matmul(b);
        assertThat(cuda.run(new MatMul(), new Tensor[] {a, b}, new Tensor[] {c}))
                .isEqualTo(by);
        return c;
    }

    @Test
    void addsABias() {
        try (Scope _ = Scope.open()) {
            Tensor x = ramp(12, 20);
            Tensor weight = ramp(10, 20);
            Tensor bias = ramp(10);
            Tensor y = x.linear(weight, bias);
            assertThat(cuda.run(new Linear(), new Tensor[] {x, weight, bias}, new Tensor[] {y}))
                    .isEqualTo(Execution.LIBRARY);
            assertThat(y.toFloats())
                    .isEqualTo(x.matmul(weight.transpose(0, 1)).add(bias).toFloats());
        }
    }

    @Test
    void sumsBfloat16InFloat32() {
        try (Scope _ = Scope.open()) {
            int k = 300;
            Tensor a = Tensor.full(cuda, DType.BF16, 1, Shape.of(9, k));
            Tensor b = Tensor.full(cuda, DType.BF16, 1, Shape.of(k, 9));
            Tensor c = Tensor.full(cuda, DType.BF16, 0, Shape.of(9, 9));
            Blas blas = device.blas();
            blas.multiply(DType.BF16, 1, 9, 9, k, operand(a, k), operand(b, 9), operand(c, 9), false);
            assertThat(c.cast(DType.F32).toFloats()).containsOnly(300); // sums in bfloat16 would stay at 256
            blas.multiply(DType.BF16, 1, 9, 9, k, operand(a, k), operand(b, 9), operand(c, 9), true);
            assertThat(c.cast(DType.F32).toFloats()).containsOnly(600);
        }
    }

    private static Operand operand(Tensor x, int leading) {
        return new Operand(x.segment(), x.offset(), false, leading, 0);
    }

    @Test
    void aRefusedProductIsAnErrorThatSaysWhich() {
        try (Scope _ = Scope.open()) {
            Tensor x = Tensor.full(cuda, DType.F32, 1, Shape.of(9, 9));
            Operand inside = operand(x, 9);
            assertThatThrownBy(() -> device.blas().multiply(DType.F32, 1, 10, 9, 9, inside, inside, inside, false))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("cuBLAS on cuda:0: a product of 10 x 9 and 9 x 9 in F32 failed")
                    .hasMessageContaining("CUBLAS_STATUS_MAPPING_ERROR; -Dopenmoshi.cuda.matmul=own does without");
        }
    }

    @Test
    void infoSaysWhatMultiplies() {
        assertThat(device.description()).contains("matrix products: cuBLAS 12.6.5");
        assertThat(CudaProvider.device(0, CudaChoices.OWN).description())
                .contains("matrix products: own kernels, as chosen");
    }
}
