package org.openmoshi.kernels.cl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.ComputeOp.Distribution;
import org.openmoshi.tensor.ComputeOp.Random;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Engine;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Shape;
import org.openmoshi.tensor.testing.LeakExtension;

/** Uniform numbers have the same bits on every backend, whatever their bounds and wherever the sequence begins. */
@ExtendWith(LeakExtension.class)
class OpenClRandomTest {
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void uniformNumbersHaveTheBitsOfTheReference(DType dtype) {
        OpenClProvider provider = new OpenClProvider();
        assumeTrue(provider.unavailableReason().isEmpty(), "no OpenCL: " + provider.unavailableReason());
        Backend device = provider.open(0);
        double[][] bounds = {{-0.3, 0.7}, {0.1, 1e9}, {-1e-3, 0}, {1, Math.nextUp(1f)}};
        for (double[] bound : bounds) {
            Random op =
                    new Random(Distribution.UNIFORM, dtype, Shape.of(10_001), -77, (1L << 33) + 3, bound[0], bound[1]);
            try (Scope _ = Scope.open()) {
                assertThat(Engine.create(device, op).toDoubles())
                        .isEqualTo(
                                Engine.create(Backends.named("cpu-scalar"), op).toDoubles());
            }
        }
    }
}
