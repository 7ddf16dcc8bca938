package org.openmoshi.tensor.device;

import org.openmoshi.tensor.ComputeOp.Conv1d;
import org.openmoshi.tensor.ComputeOp.Conv1dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv1dGradWeight;
import org.openmoshi.tensor.ComputeOp.Conv2d;
import org.openmoshi.tensor.ComputeOp.Conv2dGradInput;
import org.openmoshi.tensor.ComputeOp.Conv2dGradWeight;
import org.openmoshi.tensor.ComputeOp.ConvTranspose1d;

/** Convolutions and their gradients. */
final class Convolutions {
    private Convolutions() {}

    static void conv1d(Conv1d op, Work work) {
        throw new UnsupportedOperationException("conv1d");
    }

    static void conv1dGradInput(Conv1dGradInput op, Work work) {
        throw new UnsupportedOperationException("conv1dGradInput");
    }

    static void conv1dGradWeight(Conv1dGradWeight op, Work work) {
        throw new UnsupportedOperationException("conv1dGradWeight");
    }

    static void convTranspose1d(ConvTranspose1d op, Work work) {
        throw new UnsupportedOperationException("convTranspose1d");
    }

    static void conv2d(Conv2d op, Work work) {
        throw new UnsupportedOperationException("conv2d");
    }

    static void conv2dGradInput(Conv2dGradInput op, Work work) {
        throw new UnsupportedOperationException("conv2dGradInput");
    }

    static void conv2dGradWeight(Conv2dGradWeight op, Work work) {
        throw new UnsupportedOperationException("conv2dGradWeight");
    }
}
