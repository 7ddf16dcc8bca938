package org.openmoshi.autograd.optim;

import java.util.List;
import org.openmoshi.autograd.Parameter;

/**
 * Parameters that share a peak learning rate and a weight decay.
 *
 * @param name names the group in logs
 * @param parameters the parameters, in a fixed order
 * @param learningRate the rate that a schedule's factor multiplies
 * @param weightDecay decay per step and unit of learning rate
 */
public record ParameterGroup(String name, List<Parameter> parameters, double learningRate, double weightDecay) {
    /** Copies the list. */
    public ParameterGroup {
        parameters = List.copyOf(parameters);
    }
}
