/** The CUDA backend: kernels, and the host side over the driver API, found as a service. */
module org.openmoshi.kernels.cuda {
    requires transitive org.openmoshi.tensor;
    requires static org.jspecify;
    requires jcuda;

    provides org.openmoshi.tensor.BackendProvider with
            org.openmoshi.kernels.cuda.CudaProvider;
}
