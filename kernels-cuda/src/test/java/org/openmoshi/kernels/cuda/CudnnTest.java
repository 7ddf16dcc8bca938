package org.openmoshi.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.Conv1dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv1dGradWeight;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.ComputeOp.Conv2dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv2dGradWeight;
import org.openmoshi.tensor.ComputeOp.ConvTranspose1d;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Execution;
import org.openmoshi.tensor.Op;
import org.openmoshi.tensor.device.DeviceBackend;
import org.openmoshi.tensor.testing.BackendSuite;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.OpCase;
import org.openmoshi.tensor.testing.OpCases;
import org.openmoshi.tensor.testing.OpRunner;

/** Convolutions by the library that stands in for cuDNN: what the host side passes to it is right. */
@ExtendWith(LeakExtension.class)
class CudnnTest {
    private static CudaDevice device;
    private static Backend cuda;

    @BeforeAll
    static void load() {
        EmulatedCuda.load();
        device = CudaProvider.device(0, new CudaChoices(MatMulKernel.OWN, ConvKernel.CUDNN));
        cuda = new DeviceBackend(device);
    }

    private static boolean isConvolution(Op op) {
        return switch (op) {
            case Conv1d _, Conv1dGradInput _, Conv1dGradWeight _, ConvTranspose1d _ -> true;
            case Conv2d _, Conv2dGradInput _, Conv2dGradWeight _ -> true;
            default -> false;
        };
    }

    private static List<OpCase> convolutions() {
        return OpCases.all().stream()
                .filter(opCase -> isConvolution(opCase.op()))
                .toList();
    }

    @TestFactory
    Stream<DynamicTest> everyConvolutionGivesTheReferenceResult() {
        return BackendSuite.operations(cuda, convolutions());
    }

    @TestFactory
    Stream<DynamicTest> allOfThemAreLeftToTheLibraryButEmptyOnes() {
        return convolutions().stream()
                .map(opCase -> dynamicTest(
                        opCase.toString(),
                        () -> assertThat(OpRunner.execution(opCase, cuda, DType.F32))
                                .isEqualTo(isEmpty(opCase) ? Execution.KERNEL : Execution.LIBRARY)));
    }

    private static boolean isEmpty(OpCase opCase) {
        return opCase.toString().contains("[0,");
    }

    @Test
    void infoSaysWhatConvolves() {
        assertThat(device.description()).contains("convolutions: cuDNN 9.5.1");
        assertThat(CudaProvider.device(0, CudaChoices.OWN).description()).contains("convolutions: own kernels");
    }
}
