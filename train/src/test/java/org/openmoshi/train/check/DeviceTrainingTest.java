package org.openmoshi.train.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.openmoshi.tensor.BackendProvider;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.testing.LeakExtension;

/** The whole trainer on devices: it follows the reference as the CPU does, and leaves no memory behind. */
@ExtendWith(LeakExtension.class)
class DeviceTrainingTest {
    private static final int STEPS = 50;

    @TempDir
    private Path folder;

    @Test
    void openClFollowsTheReference() throws Exception {
        BackendProvider openCl = Backends.providers().stream()
                .filter(provider -> provider.kind().equals("opencl"))
                .findFirst()
                .orElseThrow();
        assumeTrue(openCl.unavailableReason().isEmpty(), "no OpenCL: " + openCl.unavailableReason());
        TrainingCheck check = TrainingCheck.run(openCl.open(0), STEPS, folder);
        assertThat(check.device()).hasSize(STEPS);
        assertThat(check.deviceDifference()).isLessThanOrEqualTo(TrainingCheck.ALLOWANCE * check.cpuDifference());
    }
}
