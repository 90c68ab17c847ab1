/**
 * The straight line closest to the points, by least squares: by how much y grows when x grows by one; NaN below two
 * different x.
 */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
    const [middleX, middleY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
    const along = points.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0);
    const spread = points.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0);
    return spread === 0 ? NaN : along / spread;
}

function mean(values: readonly number[]): number {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
}
