package org.openmoshi.models.mimi;

import org.openmoshi.models.nn.Conv1d;
import org.openmoshi.models.nn.ConvOptions;
import org.openmoshi.models.nn.Layer;
import org.openmoshi.models.nn.ModulePath;
import org.openmoshi.models.nn.Sequential;
import org.openmoshi.models.nn.StreamState;
import org.openmoshi.tensor.Scope;
import org.openmoshi.tensor.Tensor;

/** x + conv1(ELU(conv(ELU(x)))): the first convolution narrows the channels, the second, of kernel 1, widens them. */
final class ResidualBlock implements Layer {
    private final Sequential block;

    ResidualBlock(ModulePath at, SeanetConfig config, int channels, int dilation, boolean weightNorm) {
        int inner = channels / config.compress();
        ConvOptions narrow = ConvOptions.kernel(config.residualKernelSize())
                .withDilation(dilation)
                .withWeightNorm(weightNorm);
        block = new Sequential(at.sub("block"));
        block.add(Tensor::elu);
        block.add(new Conv1d(Seanet.conv(block), channels, inner, narrow));
        block.add(Tensor::elu);
        block.add(new Conv1d(
                Seanet.conv(block), inner, channels, ConvOptions.kernel(1).withWeightNorm(weightNorm)));
    }

    /** x: [B, C, T], same shape out. */
    @Override
    public Tensor forward(Tensor x) {
        try (Scope scope = Scope.open()) {
            return scope.keep(x.add(block.forward(x)));
        }
    }

    @Override
    public Tensor forward(Tensor x, StreamState state) {
        try (Scope scope = Scope.open()) {
            return scope.keep(x.add(block.forward(x, state)));
        }
    }
}
