package org.openmoshi.train.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.kernels.cuda.testing.EmulatedCuda;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.BackendProvider;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.testing.LeakExtension;

/** The whole trainer on devices: it follows the reference as the CPU does, and leaves no memory behind. */
@ExtendWith(LeakExtension.class)
class DeviceTrainingTest {
    private static final int STEPS = 50;
    private static final int EMULATED_STEPS = 10;

    @TempDir
    private Path folder;

    @Test
    void openClFollowsTheReference() throws Exception {
        BackendProvider openCl = Backends.providers().stream()
                .filter(provider -> provider.kind().equals("opencl"))
                .findFirst()
                .orElseThrow();
        assumeTrue(openCl.unavailableReason().isEmpty(), "no OpenCL: " + openCl.unavailableReason());
        follows(openCl.open(0), STEPS);
    }

    @Test
    void emulatedCudaFollowsTheReference() throws Exception {
        EmulatedCuda.load(false);
        follows(Backends.named("cuda:0"), EMULATED_STEPS);
    }

    private void follows(Backend device, int steps) throws Exception {
        TrainingCheck check = TrainingCheck.run(device, steps, folder);
        assertThat(check.device()).hasSize(steps);
        assertThat(check.deviceDifference()).isLessThanOrEqualTo(TrainingCheck.ALLOWANCE * check.cpuDifference());
    }
}
