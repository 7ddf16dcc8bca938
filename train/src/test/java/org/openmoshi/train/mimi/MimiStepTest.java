package org.openmoshi.train.mimi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.openmoshi.autograd.optim.Schedule;
import org.openmoshi.tensor.Backend;
import org.openmoshi.tensor.BackendProvider;
import org.openmoshi.tensor.Backends;
import org.openmoshi.tensor.DType;
import org.openmoshi.tensor.Generator;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;
import org.openmoshi.tensor.device.DeviceBackend;
import org.openmoshi.tensor.testing.LeakExtension;
import org.openmoshi.tensor.testing.WatchedDevice;

/** How often the host waits for the device in a step: for what is logged, and never per parameter. */
@ExtendWith(LeakExtension.class)
class MimiStepTest {
    @Test
    void theHostWaitsForWhatIsLogged() throws Exception {
        BackendProvider openCl = Backends.providers().stream()
                .filter(provider -> provider.kind().equals("opencl"))
                .findFirst()
                .orElseThrow();
        assumeTrue(openCl.unavailableReason().isEmpty(), "no OpenCL: " + openCl.unavailableReason());
        WatchedDevice device = new WatchedDevice(((DeviceBackend) openCl.open(0)).device());
        MimiTrainConfig config = MimiTrainConfig.load(
                "tiny",
                List.of("discriminator.start_step=0", "data.accumulation=2", "quantizer.quantizer_dropout=false"));
        Backend before = Backends.setDefault(new DeviceBackend(device));
        try (Scope _ = Scope.open();
                MimiTrainState state = new MimiTrainState(config, 0);
                MimiStep step = new MimiStep(config, state, new Schedule.Constant(0))) {
            Tensor wav = new Generator(1).normal(DType.F32, 0, 0.1, 2, 1, 9600);
            TrainingBatch batch = new TrainingBatch(wav, wav, new int[] {9600, 9600}, null);
            long levels = 0;
            int reads = 0;
            for (int i = 0; i < 12; i++) { // the codebooks start one after the other
                int start = device.reads();
                MimiStep.Result result = step.run(List.of(batch, batch));
                assertThat(result.finite()).isTrue();
                reads = device.reads() - start;
                levels = result.values().keySet().stream()
                        .filter(name -> name.startsWith("entropy_"))
                        .count();
            }
            // per batch: of each codebook its input and its use, and the balancer's norms; per optimizer: all values at
            // once; after each of them perhaps the words that say what kernels found wrong
            int batches = 2;
            assertThat(levels).isPositive();
            assertThat(reads).isBetween(1, (int) (2 * (batches * (2 * levels + 1) + 2)));
            assertThat(state.mimi.stateDict().parameters()).hasSizeGreaterThan(reads);
        } finally {
            Backends.setDefault(before);
        }
    }
}
